"""Measurements behind the figures in the documentation. Run with `python -m benchmarks`."""
