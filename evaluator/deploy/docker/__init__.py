"""The judge and the job in containers on one network."""
