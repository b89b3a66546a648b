"""What a pickled array brings along to another process: the version that made it, and the options of who made it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from socket import gethostname
from uuid import uuid4

from .errors import InputError
from .options import adopt_options, changed_options

_PROCESS = uuid4().hex
"""This process; forked children have its options anyhow."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an array was pickled.

    Attributes
    ----------
    version : str
        Of this package there.
    process : str
        Something that no other process has.
    options : tuple of (str, value)
        Those that differ from the defaults there.
    """

    version: str
    process: str
    options: tuple[tuple[str, float | None], ...]

    @classmethod
    def here(cls) -> Origin:
        """How it is in this process now."""
        return cls(_version(), _PROCESS, tuple(changed_options().items()))

    def adopt(self) -> None:
        """Go by the options of who made the array, where this process has none of its own."""
        if self.process != _PROCESS:
            adopt_options(dict(self.options))

    def __reduce__(self) -> tuple[object, ...]:
        return _arrived, (self.version, self.process, self.options)


class Travelling:
    """An object that remembers, where it is unpickled, in which process it was made."""

    _origin: Origin | None = None

    def __getstate__(self) -> dict[str, object]:
        """Where it was pickled first, before all that another version may not understand."""
        others = {name: value for name, value in self.__dict__.items() if name != "_origin"}
        return {"_origin": self._origin or Origin.here(), **others}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)

    def adopt_options(self) -> None:
        """Go by the options of the process that made it, where this one has none of its own."""
        if self._origin is not None:
            self._origin.adopt()


def _arrived(made_by: str, process: str, options: tuple[tuple[str, float | None], ...]) -> Origin:
    """Unpickle, before anything that another version may have in another form.

    Raises
    ------
    InputError
        If the versions differ: what a part of the plan means may have changed as well.
    """
    own = _version()
    if made_by != own:
        raise InputError(
            f"This dataset was made by xee_lite {made_by}, but process {os.getpid()} on {gethostname()} has {own}: "
            "install the same version on the client, the scheduler and all workers, or open the dataset again here."
        )
    return Origin(made_by, process, options)


@lru_cache(maxsize=1)
def _version() -> str:
    try:
        return version("xee_lite")
    except PackageNotFoundError:  # run from its sources without being installed
        return "unknown"
