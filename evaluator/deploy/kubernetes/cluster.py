"""The cluster's API: few verbs, patient with what passes, plain about what does not."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from evaluator.deploy.kubernetes.api_object import is_object
from evaluator.deploy.kubernetes.connection import Connection
from evaluator.deploy.kubernetes.kinds import Kind, kind_of
from evaluator.deploy.kubernetes.manifest import Manifest, named, namespace_of
from evaluator.deploy.kubernetes.patience import Deadline, pauses, retry_after
from evaluator.deploy.kubernetes.refusal import (
    NOT_FOUND,
    Refused,
    Request,
    Unreachable,
    Untrusted,
    refusal,
)

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

FIELD_MANAGER = "evaluator"
PASSING = (429, 500, 502, 503, 504)
"""Answers of a server that is busy, starting or stopping."""

CONNECT_SECONDS, ANSWER_SECONDS = 10.0, 30.0
LONGEST_LINE = 8 << 20
"""Bytes; an object is 3 MiB at most."""

FIRST_PATIENCE = 10.0
"""Seconds for which a server is called that has not answered yet, and may not be there at all."""


class Cluster:
    """Speaks to one cluster.

    Every call is safe to repeat, so those that fail in passing are, with growing pauses or those
    that the server asks for.

    Args:
        connection: To which cluster.
        dry_run: Have everything checked by the server and nothing changed.
        patience: Seconds for which a call is repeated once the server has answered another, as
            while it starts again.
    """

    def __init__(
        self, connection: Connection, *, dry_run: bool = False, patience: float = 120.0
    ) -> None:
        self.connection = connection
        self.dry_run = dry_run
        self._patience = patience
        self._has_answered = False

    def get(self, kind: Kind, namespace: str | None, name: str) -> Manifest | None:
        """Return an object; None where there is none."""
        try:
            request = Request("get", kind.plural, name, namespace or "")
            return self._object(self._json("GET", kind, request))
        except Refused as refused:
            if refused.status == NOT_FOUND:
                return None
            raise

    def list(
        self, kind: Kind, namespace: str, labels: str = "", fields: str = ""
    ) -> tuple[list[Manifest], str]:
        """Return the objects of a namespace that selectors choose, and the version of the list."""
        query = {"labelSelector": labels, "fieldSelector": fields}
        answer = self._json("GET", kind, Request("list", kind.plural, "", namespace), query)
        found, about = answer.get("items") or [], answer.get("metadata") or {}
        if not isinstance(found, list) or not isinstance(about, dict):
            raise self._broken_off()
        return [self._object(one) for one in found], str(about.get("resourceVersion", ""))

    def apply(self, manifest: Manifest, *, take_over: bool = False) -> Manifest:
        """Make an object, or what of it is ours, as a manifest says.

        Raises:
            Refused: Others manage a field that differs, unless it is taken over.
        """
        kind = kind_of(manifest["kind"])
        space = namespace_of(manifest) or ""
        query = {
            "fieldManager": FIELD_MANAGER,
            "force": "true" if take_over else "",
            "dryRun": "All" if self.dry_run else "",
        }
        request = Request("patch", kind.plural, named(manifest), space)
        return self._json("PATCH", kind, request, query, body=manifest)

    def delete(self, kind: Kind, namespace: str, name: str) -> None:
        """Delete an object and what it made; one that is gone already is no error."""
        query = {"propagationPolicy": "Background", "dryRun": "All" if self.dry_run else ""}
        try:
            self._json("DELETE", kind, Request("delete", kind.plural, name, namespace), query)
        except Refused as refused:
            if refused.status != NOT_FOUND:
                raise

    def watch(
        self, kind: Kind, namespace: str, labels: str, version: str, seconds: int
    ) -> Iterator[dict[str, Any]]:
        """Yield changes since a version of the list, for at most some seconds.

        Raises:
            Refused: The version is too old (410), or watching is not allowed.
            Unreachable: The stream broke.
        """
        query = {
            "watch": "true",
            "labelSelector": labels,
            "resourceVersion": version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(seconds),
        }
        request = Request("watch", kind.plural, "", namespace)
        for line in self.lines(kind, request, None, query, silence=seconds + 5.0):
            event = self._parsed(line)
            if event.get("type") == "ERROR":
                raise self._refusal_in(event.get("object"), request)
            yield event

    def lines(
        self,
        kind: Kind,
        request: Request,
        part: str | None,
        query: Mapping[str, str],
        silence: float,
    ) -> Iterator[bytes]:
        """Yield the lines of an answer as they come; one without an end only where all ended well.

        A line that is longer than `LONGEST_LINE` comes in pieces.

        Args:
            kind: Of what.
            request: What is asked.
            part: Of the object, such as `log`.
            query: Further parameters.
            silence: Seconds without a byte after which the stream counts as broken.

        Raises:
            Unreachable: The stream broke, or nothing came for too long.
        """
        path = kind.path(request.namespace or None, request.name or None, part)
        with self._translating(request):
            response = self._send("GET", path, query, silence)
            try:
                if response.status >= 400:  # noqa: PLR2004 - HTTP's own line
                    said = _message(response.read())
                    raise refusal(response.status, said, request, self._context)
                rest = b""
                for chunk in response.stream(2**16, decode_content=True):
                    *whole, rest = (rest + chunk).split(b"\n")
                    yield from whole
                    if len(rest) > LONGEST_LINE:
                        yield rest
                        rest = b""
                if rest:
                    yield rest
            finally:
                response.close()

    def _json(
        self,
        method: str,
        kind: Kind,
        request: Request,
        query: Mapping[str, str] | None = None,
        *,
        body: Manifest | None = None,
    ) -> Manifest:
        """Return the answer to a request, which is repeated while its failure may pass."""
        path = kind.path(request.namespace or None, request.name or None)
        deadline = Deadline(
            self._patience if self._has_answered else min(FIRST_PATIENCE, self._patience)
        )
        for pause in pauses():
            try:
                with self._translating(request):
                    response = self._send(method, path, query or {}, ANSWER_SECONDS, body)
                    text = response.read()
                if response.status < 400:  # noqa: PLR2004 - HTTP's own line
                    self._has_answered = True
                    return self._parsed(text)
                refused = refusal(response.status, _message(text), request, self._context)
                if response.status not in PASSING or deadline.passed:
                    raise refused
                asked = retry_after(response.headers.get("Retry-After"))
            except Unreachable:
                if deadline.passed:
                    raise
                asked = None
            deadline.sleep(max(pause, asked or 0.0))
        raise AssertionError  # pauses never end

    def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        silence: float,
        body: Manifest | None = None,
    ) -> "BaseHTTPResponse":
        client = self.connection.client
        said = urlencode({name: value for name, value in query.items() if value})
        headers = {"Accept": "application/json", "User-Agent": FIELD_MANAGER}
        client.update_params_for_auth(headers, [], ["BearerToken"], path, method, body)
        if body is not None:
            headers["Content-Type"] = "application/apply-patch+yaml"  # to YAML, JSON is YAML
        answer: Any = client.rest_client.request(
            method,
            f"{client.configuration.host}{path}{'?' if said else ''}{said}",
            headers=headers,
            body=None if body is None else json.dumps(body),
            _request_timeout=(CONNECT_SECONDS, silence),
        )
        response: BaseHTTPResponse = answer.response
        return response

    def _parsed(self, text: bytes) -> dict[str, Any]:
        """Return an answer's object; one that broke off counts as none."""
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise self._broken_off()
        return value

    def _object(self, answer: Any) -> Manifest:
        if not is_object(answer):
            raise self._broken_off()
        found: Manifest = answer
        return found

    def _refusal_in(self, said: Any, request: Request) -> Refused:
        """Return what a watch says instead of a change."""
        told = said if isinstance(said, dict) else {}
        code = told.get("code")
        status = code if isinstance(code, int) else 500
        return refusal(status, str(told.get("message")), request, self._context)

    def _broken_off(self) -> Unreachable:
        return Unreachable(f"the API of the context {self._context} broke off its answer.")

    @property
    def _context(self) -> str:
        return self.connection.context

    @contextmanager
    def _translating(self, request: Request) -> Iterator[None]:
        """Turn what the transport raises into what it means, and repeat none of its words."""
        from kubernetes.client.exceptions import ApiException
        from urllib3 import exceptions as broken

        server = f"the API of the context {self._context} ({self.connection.server})"
        try:
            yield
        except (ApiException, broken.SSLError) as error:
            raise Untrusted(
                f"{server} cannot be trusted: its certificate is not what the kubeconfig expects; "
                "renew the kubeconfig."
            ) from error
        except broken.NameResolutionError as error:
            raise Unreachable(f"{server} has no address; check the context, and a VPN.") from error
        except (broken.HTTPError, OSError) as error:
            raise Unreachable(
                f"{server} does not answer; check the context, the network and a VPN."
            ) from error


def _message(text: bytes) -> str:
    """Return what a refusal says, or the beginning of what is no Kubernetes answer."""
    try:
        return str(json.loads(text)["message"]) or "no reason given"
    except (ValueError, KeyError, TypeError, RecursionError):
        return text[:300].decode("utf-8", "replace") or "no reason given"
