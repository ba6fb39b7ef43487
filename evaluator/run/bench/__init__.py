"""`evaluator bench`: how fast judges answer, side by side on the same questions."""
