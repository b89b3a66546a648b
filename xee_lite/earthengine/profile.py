"""The profiles that Earth Engine makes of computations: what they cost, in EECU-seconds.

The service makes a profile of a request that asks for one in a header, names it in a header of the reply, and gives it
out by ``Profile.getProfiles``, as the client library's ``ee.profilePrinting`` does. It is asked for as text: the form
of the JSON is not documented, that of the text has been seen.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import WireError
from ..traffic.costs import unrecorded
from ..traffic.events import RequestInfo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .graph import Expression

_INFO = RequestInfo("computation profiles")
_HEAD = ("EECU", "PeakMem", "Count", "Description")
_NONE = "-"
"""Stands in a column that has no number."""
_NUMBER = re.compile(r"\d{1,12}(\.\d+)?")


class _Evaluate(Protocol):
    def __call__(self, expression: Expression, info: RequestInfo) -> Any: ...  # noqa: ANN401 - JSON


def eecu_seconds(evaluate: _Evaluate, ids: Sequence[str]) -> float:
    """What some computations cost together.

    Parameters
    ----------
    evaluate : callable
        Evaluates an expression on the service.
    ids : sequence of str
        Of their profiles.

    Raises
    ------
    RequestError
        When the service does not have them, or did not answer.
    WireError
        If what it says is no profile.
    """
    arguments = {"ids": {"constantValue": list(ids)}, "format": {"constantValue": "text"}}
    call = {"functionInvocationValue": {"functionName": "Profile.getProfiles", "arguments": arguments}}
    with unrecorded():
        return total(evaluate({"result": "0", "values": {"0": call}}, _INFO))


def total(text: object) -> float:
    """EECU-seconds over all rows of a profile: the first of its columns "EECU·s PeakMem Count  Description".

    Raises
    ------
    WireError
        If this is no profile.
    """
    head, *rows = str(text).strip().splitlines() or [""]
    columns = head.split()
    if len(columns) != len(_HEAD) or not all(map(str.startswith, columns, _HEAD)):
        raise WireError("the reply is no profile with the columns EECU, PeakMem, Count and Description")
    cells = [row.split(None, 1)[0] for row in rows if row.strip()]
    if not all(cell == _NONE or _NUMBER.fullmatch(cell) for cell in cells):
        raise WireError("a row of the profile does not begin with a number of EECU-seconds")
    return sum(float(cell) for cell in cells if cell != _NONE)
