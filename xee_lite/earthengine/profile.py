"""The profiles that Earth Engine makes of computations: what they cost, in EECU-seconds.

A request asks for a profile in a header, its reply names the profile in another, and ``Profile.getProfiles`` gives it,
as in the client library's ``ee.profilePrinting``. Profiles are asked for as text: the form of their JSON is not
documented, while examples of the text are public.
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
_COLUMNS = ("EECU", "PeakMem", "Count", "Description")
"""What the names of the columns begin with: "EECU·s PeakMem Count  Description"."""
_NO_NUMBER = "-"
"""What a cell without a number has."""
_NUMBER = re.compile(r"\d{1,12}(\.\d+)?")


class _Evaluate(Protocol):
    def __call__(self, expression: Expression, info: RequestInfo) -> Any: ...  # noqa: ANN401 - JSON


def eecu_seconds(evaluate: _Evaluate, ids: Sequence[str]) -> float:
    """The cost of some computations together.

    Parameters
    ----------
    evaluate : callable
        Evaluates an expression on the service.
    ids : sequence of str
        The ids of their profiles.

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
    """The sum of EECU-seconds, the first column, over all rows of a profile.

    Raises
    ------
    WireError
        If this is no profile.
    """
    head, *rows = str(text).strip().splitlines() or [""]
    columns = head.split()
    if len(columns) != len(_COLUMNS) or not all(map(str.startswith, columns, _COLUMNS)):
        raise WireError("the reply is no profile with the columns EECU, PeakMem, Count and Description")
    cells = [row.split(None, 1)[0] for row in rows if row.strip()]
    if not all(cell == _NO_NUMBER or _NUMBER.fullmatch(cell) for cell in cells):
        raise WireError("a row of the profile does not begin with a number of EECU-seconds")
    return sum(float(cell) for cell in cells if cell != _NO_NUMBER)
