"""The stages in order, and what they keep on disk."""
