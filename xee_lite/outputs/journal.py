"""What an export has written so far: a text file beside its target, from which the same export goes on."""

from __future__ import annotations

import json
import os
import sys
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO

from ..errors import InputError, shortened

if sys.platform != "win32":  # where two runs of one export are not told from each other
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    Identity = Mapping[str, str]
    """What an export is of, by words for the user: the source, the grid, the images and so on."""


class Journal:
    """The parts that an export has written.

    The first line says what is exported; each further line names a part. A line is written in one piece when its part
    is in the target, so that a process which is killed loses at most the parts that it was writing. While it is open
    the file is locked, which ends with the process however that ends.

    Parameters
    ----------
    path : path
        Beside the target.
    identity : mapping of str to str
        What is exported.

    Attributes
    ----------
    done : set of str
        Keys of the parts that are written.

    Raises
    ------
    InputError
        If the file is of another export that has written something, or if this export is running.
    """

    def __init__(self, path: Path, identity: Identity) -> None:
        self.path = path
        self._lock = Lock()
        head, self.done = head_of(path)
        if head is not None:
            _check_ended(path)
        if head is not None and self.done:
            check_same(path.name, head, identity, f"remove {path} and its target")
        # Written anew, since the last line of a run that was killed may have been cut short.
        self._file = _written(path, identity, self.done)

    def add(self, key: str) -> None:
        """Note a part that is written; from any thread."""
        with self._lock:
            self._file.write(f"{key}\n".encode())
            self.done.add(key)

    def close(self, *, complete: bool) -> None:
        """Close the file, and remove it where nothing is missing."""
        with self._lock:
            if complete:
                self.path.unlink()
            self._file.close()


def forget_parts(path: Path) -> None:
    """Take the parts out of the journal of an interrupted export, which is begun anew."""
    head, _ = head_of(path)
    if head is not None:
        _check_ended(path)
        _written(path, head, ()).close()


def head_of(path: Path) -> tuple[Identity | None, set[str]]:
    """What the journal at a path is of, and the keys of the parts that are written; None where there is no journal.

    Raises
    ------
    InputError
        If the file is no journal.
    """
    if not path.exists():
        return None, set()
    try:
        text = path.read_text(encoding="utf-8")
        head, *keys = text[: text.rfind("\n") + 1].split("\n")[:-1] or ["{}"]
        found = json.loads(head)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise InputError(f"{path} is not the journal of an export: remove it, or pass another path.")
    return {str(word): str(text) for word, text in found.items()} or None, set(keys)


def check_same(name: str, found: Identity, identity: Identity, otherwise: str) -> None:
    """Refuse to go on with an export of something else.

    Parameters
    ----------
    name : str
        Where the unfinished export is noted.
    found, identity : mapping of str to str
        What it is of, and what is exported now.
    otherwise : str
        What to do to be rid of it.

    Raises
    ------
    InputError
        With both sides of the first difference.
    """
    for word in dict.fromkeys([*identity, *found]):
        there, here = found.get(word, "unknown"), identity.get(word, "unknown")
        if there != here:
            raise InputError(
                f"{name} belongs to an unfinished export of another {word}: {shortened(there, 300)} there, "
                f"{shortened(here, 300)} here. Run that export again to finish it, pass another path, or {otherwise}."
            )


def _written(path: Path, identity: Identity, keys: set[str] | tuple[str, ...]) -> BinaryIO:
    """Put a journal in its place in one step; gives the file, open to append to without a buffer, and locked.

    A file object, since the number of a file that is closed may be that of another one by the time of a late write.
    """
    partial = path.with_name(f"{path.name}.partial")
    lines = [json.dumps(dict(identity), sort_keys=True), *sorted(keys)]
    partial.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    file = partial.open("ab", buffering=0)
    if sys.platform != "win32":
        fcntl.flock(file, fcntl.LOCK_EX)
    partial.replace(path)
    return file


def _check_ended(path: Path) -> None:
    """Refuse to begin what another process is doing now."""
    if sys.platform == "win32":
        return
    file = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InputError(f"another process is writing this export now, by {path}: wait until it has ended.") from None
    finally:
        os.close(file)
