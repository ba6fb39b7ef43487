"""`evaluator doctor`: the steps from here to a verdict, each checked before the next."""
