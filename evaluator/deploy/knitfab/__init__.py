"""Knitfab: its plans, checked and rendered, and what a run does differently there."""
