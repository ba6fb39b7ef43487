"""Every reader of what others wrote, by name."""

from collections.abc import Mapping

from fuzz import documents, models, stored, tables, texts, wires
from fuzz.promise import Target

TARGETS: Mapping[str, Target] = {
    "settings": documents.settings,
    "rubric": documents.rubric,
    "labels": documents.labels,
    "plan": documents.plan,
    "template": documents.template,
    "prompt-template": documents.prompt_template,
    "model-settings": documents.model_settings,
    "judge-name": documents.judge_name,
    "csv": tables.csv,
    "jsonl": tables.jsonl,
    "packed": tables.packed,
    "parquet": tables.parquet,
    "names": tables.names,
    "journal": stored.journal,
    "journal-line": stored.journal_line,
    "torn-journal": stored.torn_journal,
    "matrix": stored.matrix,
    "results": stored.results,
    "archive": stored.archive,
    "checksums": stored.checksums,
    "log-line": stored.log_line,
    "gguf": stored.gguf,
    "modelfile": models.modelfile,
    "gguf-header": models.gguf,
    "checkpoint": models.checkpoint,
    "adapter": models.adapter,
    "ollama": wires.ollama,
    "openai": wires.openai,
    "doctor": wires.doctor,
    "statement": texts.statement,
    "shown": texts.shown,
    "cell": texts.cell,
}
