"""What a pickled array carries to another process: the version that made it, and the options in force there."""

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
"""Identifies this process, and its forked children, which have its options anyhow."""


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
        """Of this process, as its options are now."""
        return cls(_version(), _PROCESS, tuple(changed_options().items()))

    def adopt(self) -> None:
        """Take over the options in force there, where this process has set none itself."""
        if self.process != _PROCESS:
            adopt_options(dict(self.options))

    def __reduce__(self) -> tuple[object, ...]:
        return _arrived, (self.version, self.process, self.options)


class Travelling:
    """A base of objects that keep, when they are unpickled, the process in which they were made."""

    _origin: Origin | None = None

    def __getstate__(self) -> dict[str, object]:
        """The origin first, whose version is checked before anything that another version may not understand."""
        others = {name: value for name, value in self.__dict__.items() if name != "_origin"}
        return {"_origin": self._origin or Origin.here(), **others}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)

    def adopt_options(self) -> None:
        """Take over the options of the process that made it, where this one has set none itself."""
        if self._origin is not None:
            self._origin.adopt()


def _arrived(made_by: str, process: str, options: tuple[tuple[str, float | None], ...]) -> Origin:
    """Unpickle an origin.

    Raises
    ------
    InputError
        If the versions differ: what the rest of the pickle means may have changed.
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
