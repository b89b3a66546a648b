"""Operations: the exports that run, as clients list, await and cancel them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import payload
from .limits import PAGE_FULL
from .operations import parse_seconds
from .pages import Page

if TYPE_CHECKING:
    from .call import Call
    from .payload import Json
    from .state import ServiceState


def list_operations(state: ServiceState, call: Call) -> Json:
    """Answer ``operations.list``."""
    entries, following = Page.parse(call.query, PAGE_FULL).of(state.operations.all(call.project))
    return {"operations": entries, **({"nextPageToken": following} if following else {})}


def get_operation(state: ServiceState, call: Call) -> Json:
    """Answer ``operations.get``."""
    return state.operations.get(call.name).to_json()


def cancel_operation(state: ServiceState, call: Call) -> Json:
    """Answer ``operations.cancel``."""
    return state.operations.cancel(call.name)


def delete_operation(state: ServiceState, call: Call) -> Json:
    """Answer ``operations.delete``."""
    return state.operations.delete(call.name)


def wait_operation(state: ServiceState, call: Call) -> Json:
    """Answer ``operations.wait``."""
    timeout = payload.text(payload.given(call.body("timeout"), "timeout", "60s"), "timeout")
    return state.operations.wait(call.name, parse_seconds(timeout))
