"""A local Earth Engine for the length of a ``with`` statement, with the official client pointed at it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..emulator import Emulator


@contextmanager
def local_earth(**options: Any) -> Iterator[Emulator]:  # noqa: ANN401 - as emulator.start has them, whose types are with it
    """Start a local Earth Engine at a free port, point ``ee`` at it, and leave ``ee`` uninitialised afterwards.

    ``ee`` has one session per process, so only one can be used at a time.

    Parameters
    ----------
    **options
        Those of `xee_lite.emulator.start`: ``data``, ``assets``, ``faults``, ``exports``, ``token`` and so on.

    Yields
    ------
    Emulator
        Initialised, with an empty log of requests.

    Raises
    ------
    ModuleNotFoundError
        If the extra ``emulator`` is not installed.

    Examples
    --------
    >>> import ee
    >>> from xee_lite.testing import local_earth
    >>> with local_earth() as earth:
    ...     ee.Number(1).add(1).getInfo()
    2
    """
    import ee  # noqa: PLC0415 - slow to import, as the server is

    from ..emulator import start  # noqa: PLC0415 - as above

    with start(**options) as earth:
        try:
            earth.initialize()
            earth.requests.clear()
            yield earth
        finally:
            ee.Reset()
