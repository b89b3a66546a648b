"""What an export has written so far: a text file beside its target, from which the same export goes on."""

from __future__ import annotations

import json
import os
from threading import Lock
from typing import TYPE_CHECKING

from ..errors import InputError, shortened

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    Identity = Mapping[str, str]
    """What an export is of, by words for the user: the source, the grid, the images and so on."""


class Journal:
    """The parts that an export has written.

    The first line says what is exported; each further line names a part. A line is written in one piece when its part
    is in the target, so that a process which is killed loses at most the parts that it was writing.

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
        If the file is of another export.
    """

    def __init__(self, path: Path, identity: Identity) -> None:
        self.path = path
        self._lock = Lock()
        head, self.done = head_of(path)
        if head is not None:
            check_same(path, head, identity)
        # Written anew, since the last line of a run that was killed may have been cut short.
        lines = [json.dumps(dict(identity), sort_keys=True), *sorted(self.done)]
        partial = path.with_name(f"{path.name}.partial")
        partial.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        partial.replace(path)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND)

    def add(self, key: str) -> None:
        """Note a part that is written; from any thread."""
        with self._lock:
            os.write(self._file, f"{key}\n".encode())
            self.done.add(key)

    def close(self, *, complete: bool) -> None:
        """Close the file, and remove it where nothing is missing."""
        os.close(self._file)
        if complete:
            self.path.unlink()


def head_of(path: Path) -> tuple[Identity | None, set[str]]:
    """What the journal at a path is of, and the keys of the parts that are written; None where there is no journal.

    Raises
    ------
    InputError
        If the file is no journal.
    """
    if not path.exists():
        return None, set()
    text = path.read_text(encoding="utf-8")
    head, *keys = text[: text.rfind("\n") + 1].splitlines() or ["{}"]
    try:
        found = json.loads(head)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise InputError(f"{path} is not the journal of an export: remove it, or pass another path.")
    return {str(word): str(text) for word, text in found.items()} or None, set(keys)


def check_same(path: Path, found: Identity, identity: Identity) -> None:
    """Refuse to go on with an export of something else.

    Raises
    ------
    InputError
        With both sides of the first difference.
    """
    for word in dict.fromkeys([*identity, *found]):
        there, here = found.get(word, "unknown"), identity.get(word, "unknown")
        if there != here:
            raise InputError(
                f"{path.name} belongs to an unfinished export of another {word}: {shortened(there, 300)} there, "
                f"{shortened(here, 300)} here. Run that export again to finish it, pass another path, or remove "
                f"{path} and its target."
            )
