"""Locks of judges that were never asked, for verdicts that tests make up."""

from evaluator.judge.lock import JudgeLock
from evaluator.judge.rubric_file import load_rubric


def lock_of_llama() -> JudgeLock:
    """Return that of llama3.2 with the rubric that is used unless another is named."""
    rubric = load_rubric("category-relevance")
    return JudgeLock(
        backend="ollama",
        model="llama3.2",
        digest="sha256:1",
        server_version="0.33",
        options=(),
        rubric=rubric.name,
        prompt_hash=rubric.prompt_hash,
    )
