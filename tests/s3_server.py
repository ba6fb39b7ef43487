"""An S3 API server on loopback: moto's, which keeps its objects in this process's memory."""

import logging
from types import TracebackType
from typing import Any

from moto.server import ThreadedMotoServer

KEYS = {
    "AWS_ACCESS_KEY_ID": "tester",
    "AWS_SECRET_ACCESS_KEY": "the-secret-of-the-tests",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


class S3Server:
    """A server that can be stopped, and started again with its objects and its address.

    Attributes:
        environment: What lets a process use it.
    """

    def __init__(self) -> None:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it tells of every request
        self._server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        self._server.start()
        self._port = self._server.get_host_and_port()[1]
        self.environment = {**KEYS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self._port}"}

    def __enter__(self) -> "S3Server":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Refuse connections from now on."""
        self._server.stop()

    def start_again(self) -> None:
        """Answer again, with what was stored."""
        self._server = ThreadedMotoServer("127.0.0.1", self._port, verbose=False)
        self._server.start()

    def client(self) -> Any:
        """Another client than the one that is tested."""
        import boto3

        return boto3.client(
            "s3",
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
            region_name=KEYS["AWS_DEFAULT_REGION"],
        )

    def make_bucket(self, name: str) -> str:
        """Make a bucket and return its URL."""
        self.client().create_bucket(Bucket=name)
        return f"s3://{name}"

    def forget(self) -> None:
        """Delete every bucket; all servers of a process share them."""
        client = self.client()
        for bucket in client.list_buckets()["Buckets"]:
            for key in self.contents(bucket["Name"]):
                client.delete_object(Bucket=bucket["Name"], Key=key)
            client.delete_bucket(Bucket=bucket["Name"])

    def contents(self, bucket: str) -> dict[str, bytes]:
        """Everything in a bucket, by its key."""
        client = self.client()
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        keys = [one["Key"] for page in pages for one in page.get("Contents", ())]
        return {key: client.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}
