"""The model under test: loading it, batching articles, predictions."""
