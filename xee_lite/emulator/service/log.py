"""The log of requests, for assertions in tests."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, overload


@dataclass(frozen=True, slots=True)
class Request:
    """One request that was answered.

    Attributes
    ----------
    method : str
        HTTP method; a GET that came as a POST with ``x-http-method-override`` is a GET.
    path : str
        Decoded path, with the leading slash.
    kind : str
        What was asked: ``discovery``, ``algorithms``, ``computeValue``, ``computePixels``, ``getPixels``, ``getAsset``,
        ``listAssets``, ``createThumbnail``, ``getThumbnail``, ``getTile``, ``exportImage``, ... (the kinds in
        `xee_lite.emulator.service.methods`), or ``unknown``.
    query : dict of str to str
    raw : bytes
        The body as it came.
    status : int
        HTTP status of the reply.
    sent : int
        Bytes of the reply's body, of which a fault may have let fewer through.
    fault : str
        The name of the `Fault` that it met; empty where it was answered honestly.
    user_project : str
        The project that the request counts for, from its header ``x-goog-user-project``; empty where it does not tell.
    """

    method: str
    path: str
    kind: str
    query: dict[str, str] = field(default_factory=dict)
    raw: bytes = field(default=b"", repr=False)
    status: int = 200
    sent: int = 0
    fault: str = ""
    user_project: str = ""

    @property
    def body(self) -> Any:  # noqa: ANN401 - whatever JSON the client sent
        """The body parsed as JSON; None where it is empty or is not JSON."""
        try:
            return json.loads(self.raw) if self.raw else None
        except (ValueError, RecursionError):
            return None

    @property
    def workload_tag(self) -> str | None:
        """The tag that the request's cost is counted under, from its query or its body."""
        body = self.body
        tag = self.query.get("workloadTag") or (body.get("workloadTag") if isinstance(body, dict) else None)
        return tag if isinstance(tag, str) else None


class RequestLog(Sequence[Request]):
    """The requests answered so far, oldest first; a request is in it before its reply reaches the client."""

    def __init__(self) -> None:
        self._requests: list[Request] = []
        self._lock = threading.Lock()

    def add(self, request: Request) -> None:
        """Note one request."""
        with self._lock:
            self._requests.append(request)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._requests.clear()

    def of(self, *kinds: str) -> list[Request]:
        """The requests of these kinds."""
        return [request for request in self._snapshot() if request.kind in kinds]

    def counts(self) -> Counter[str]:
        """How many requests there were of each kind."""
        return Counter(request.kind for request in self._snapshot())

    def __len__(self) -> int:
        return len(self._requests)

    @overload
    def __getitem__(self, index: int) -> Request: ...
    @overload
    def __getitem__(self, index: slice) -> list[Request]: ...
    def __getitem__(self, index: int | slice) -> Request | list[Request]:
        return self._snapshot()[index]

    def __iter__(self) -> Iterator[Request]:
        return iter(self._snapshot())

    def _snapshot(self) -> list[Request]:
        with self._lock:
            return list(self._requests)
