"""Score a text classifier with a local LLM judge, where the model lives."""

from importlib.metadata import version

__version__ = version("llm-judge-evaluator")
