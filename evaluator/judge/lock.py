"""Which judge gave a verdict, exactly enough to refuse another one's."""

from pydantic import BaseModel, ConfigDict

from evaluator.backends.protocol import JudgeIdentity
from evaluator.cases.digest import text_sha256
from evaluator.judge.rubric import PairForm, Rubric


class JudgeLock(BaseModel):
    """Everything that can change a verdict. Stored beside verdicts; compared before reuse.

    Attributes:
        backend: The kind of backend.
        model: The model's name there.
        digest: Digest of its weights.
        server_version: Version of the software that runs it.
        options: Runner options as `key=value` texts.
        rubric: The rubric's name.
        prompt_hash: Digest of the rubric's question.
        scoring: How an answer is read: `logprobs`, `schema` or `text`.
        article_hash: Digest of how articles are shown; None for verdicts without them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    backend: str
    model: str
    digest: str
    server_version: str
    options: tuple[str, ...]
    rubric: str
    prompt_hash: str
    scoring: str = "logprobs"
    article_hash: str | None = None

    def differences(self, other: "JudgeLock") -> list[str]:
        """Return each differing field as `name (this value, was other value)`."""
        return [
            f"{name} ({getattr(self, name)}, was {getattr(other, name)})"
            for name in type(self).model_fields
            if getattr(self, name) != getattr(other, name)
        ]


def lock_of(identity: JudgeIdentity, rubric: Rubric, form: PairForm | None = None) -> JudgeLock:
    """Return the lock of a judge that applies a rubric, asked in a form of it or the default."""
    return JudgeLock(
        backend=identity.backend,
        model=identity.model,
        digest=identity.digest,
        server_version=identity.server_version,
        options=identity.options,
        rubric=rubric.name,
        prompt_hash=rubric.prompt_hash_of(form or rubric.question),
        scoring=identity.scoring,
    )


def lock_of_vectors(identity: JudgeIdentity, rubric: Rubric) -> JudgeLock:
    """Return the lock of a model whose vectors stand for a rubric's sentences."""
    return lock_of(identity, rubric).model_copy(
        update={"prompt_hash": text_sha256(rubric.embedded_as)}
    )
