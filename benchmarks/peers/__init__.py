"""Programs that run in another environment, with the tool that ours is compared with."""
