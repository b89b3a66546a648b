"""Projects: their configuration, and the algorithms that the service offers to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..evaluator.registry import load_served
from . import payload

if TYPE_CHECKING:
    from .call import Call
    from .payload import Json
    from .state import ServiceState


def list_algorithms(_state: ServiceState, _call: Call) -> Json:
    """Answer ``algorithms.list``."""
    return load_served()


def get_config(state: ServiceState, call: Call) -> Json:
    """Answer ``getConfig``."""
    return {"name": f"{call.project}/config", **state.configs.get(call.project, {})}


def update_config(state: ServiceState, call: Call) -> Json:
    """Answer ``updateConfig``: a project's configuration is remembered, and has no effect."""
    body = call.body("name", "maxConcurrentExports", "max_concurrent_exports")
    value = body.get("maxConcurrentExports", body.get("max_concurrent_exports"))
    if value is not None:
        state.configs[call.project] = {"maxConcurrentExports": payload.integer(value, "maxConcurrentExports")}
    return get_config(state, call)
