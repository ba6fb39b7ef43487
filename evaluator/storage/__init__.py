"""Object storage: what lies behind a URL, kept here as files for the other rooms."""
