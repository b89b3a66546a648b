"""Values: what an expression evaluates to, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..evaluator.describe import describe
from ..evaluator.interpreter import evaluate
from . import payload
from .rest_pixels import required_expression

if TYPE_CHECKING:
    from .call import Call
    from .payload import Json
    from .state import ServiceState


def compute_value(state: ServiceState, call: Call) -> Json:
    """Answer ``value:compute``."""
    body = call.body("expression", "workloadTag")
    payload.text(payload.given(body, "workloadTag", ""), "workloadTag")
    return {"result": describe(evaluate(required_expression(body), state.catalogue, state.profiles))}
