"""From a tally to files and the terminal."""
