"""What came of registering a model."""

from pydantic import BaseModel, ConfigDict

from evaluator.models.first_verdict import FirstVerdict


class Registered(BaseModel):
    """A model that a server has now.

    Attributes:
        name: Its name and tag there.
        digest: Of its manifest.
        source: What it was made from.
        source_bytes: Size of that.
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
    server_bytes: int
    files: int
    files_sent: int
    quantization: str
    server_version: str
    verdict: FirstVerdict
