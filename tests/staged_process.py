"""Prepares a process that forks: it calibrates on a few of the references and has loaded torch.

To be imported there alone: every later run of the process is calibrated so.
"""

from importlib import import_module

from few_references import few_references

from evaluator.run import calibrating

LOADED_ONCE = (
    "evaluator.cli.run",
    "evaluator.run.sharding",
    "evaluator.classifier.checkpoint",
    "evaluator.classifier.classify",
    "evaluator.classifier.gpt2",
    "torch",
    "transformers.models.auto.tokenization_auto",
    "transformers.models.gpt2.modeling_gpt2",
    "anyio._backends._asyncio",
)

for _name in LOADED_ONCE:
    import_module(_name)

calibrating.built_in_references = few_references
