"""`python -m evaluator` is the same as the `evaluator` command."""

from evaluator.cli.main import main

if __name__ == "__main__":
    main()
