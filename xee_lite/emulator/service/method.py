"""What a method of the API is: its name, its path and its handler."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .call import Call, Result
from .state import ServiceState

Handler = Callable[[ServiceState, Call], Result]
"""Answers a request. What it raises as an `EarthError` becomes the reply of an error."""


@dataclass(frozen=True, slots=True)
class Method:
    """One method of the API.

    Attributes
    ----------
    id : str
        ``projects.assets.get``: the chain of resources, then the method's own name.
    kind : str
        What the log and the faults call its requests.
    verb : str
        HTTP method.
    resource : (str, str)
        Regular expression that the resource's name must match, and the same as a template of a route.
    suffix : str
        What follows the resource's name in the path.
    parameter : str
        Name of the path parameter, as the client passes it.
    handler : callable
        ``handler(state, call)`` answers a request.
    query : tuple of str
        Names of query parameters.
    """

    id: str
    kind: str
    verb: str
    resource: tuple[str, str]
    suffix: str
    parameter: str
    handler: Handler
    query: tuple[str, ...] = ()

    @property
    def pattern(self) -> str:
        """Regular expression that the path parameter must match."""
        return self.resource[0]

    @property
    def route(self) -> str:
        """Template of the path."""
        return f"/v1/{self.resource[1]}{self.suffix}"

    @property
    def body(self) -> bool:
        """Whether the method takes a body."""
        return self.verb in ("POST", "PATCH")
