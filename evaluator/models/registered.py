"""What came of registering a model."""

from pydantic import BaseModel, ConfigDict

from evaluator.models.first_verdict import FirstVerdict
from evaluator.models.merge_report import MergeCheck


class Registered(BaseModel):
    """A model that a server has now.

    Attributes:
        name: Its name and tag there.
        digest: Of its manifest.
        source: What it was made from.
        source_bytes: Size of what was sent or there already.
        merge: How far the merged model is from base and adapter; None where none was merged.
        server_bytes: What it takes on the server's disk.
        files: Files that it was made from.
        files_sent: Those of them that the server did not have.
        quantization: How its weights are stored there.
        server_version: The server's version.
        verdict: Its first one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    digest: str
    source: str
    source_bytes: int
    merge: MergeCheck | None = None
    server_bytes: int
    files: int
    files_sent: int
    quantization: str
    server_version: str
    verdict: FirstVerdict
