"""Models on their way to a server: looked at, merged, registered, compared."""
