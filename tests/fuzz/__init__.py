"""Inputs that nobody would write, thrown at everything that reads what others wrote.

`PYTHONPATH=.:tests python -m fuzz --help` tells how to search for more of them.
"""
