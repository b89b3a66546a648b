"""Where a Zarr store lies, and where it is noted which parts of an export it has."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Protocol

from .journal import Journal, forget_parts, head_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from zarr.abc.store import Store

    from .journal import Identity


class Notes(Protocol):
    """The parts that are written.

    Attributes
    ----------
    done : set of str
        Their keys.
    lock : context manager
        Within which a part is written and noted.
    """

    done: set[str]

    @property
    def lock(self) -> AbstractContextManager[object]:
        """See above."""
        ...

    def add(self, key: str) -> None:
        """Note a part that is written; from any thread."""
        ...

    def close(self, *, complete: bool) -> None:
        """End the run; with nothing missing, the export."""
        ...


class ZarrPlace(Protocol):
    """A place for one store.

    Attributes
    ----------
    store : path or zarr.abc.store.Store
        As Zarr takes it; another one after a commit.
    """

    @property
    def store(self) -> Path | Store:
        """See above."""
        ...

    @property
    def name(self) -> str:
        """What messages call it."""
        ...

    def exists(self) -> bool:
        """Whether anything is there."""
        ...

    def head(self) -> tuple[Identity | None, set[str]]:
        """What the interrupted export is of, and the keys of its parts that are written; None where there is none."""
        ...

    def begin(self, identity: Identity, prepare: Callable[[], None]) -> Notes:
        """Begin an export, or go on with it: where no part is written, with a function that makes room for them.

        Raises
        ------
        InputError
            If another export was interrupted here.
        """
        ...

    def forget_parts(self) -> None:
        """Have an interrupted export begin anew."""
        ...


class Folder:
    """A store in a folder, with a journal beside it.

    Parameters
    ----------
    path : path
    """

    def __init__(self, path: Path) -> None:
        self.store = path
        self._journal = path.with_name(f"{path.name}.journal")

    @property
    def name(self) -> str:
        """The path."""
        return str(self.store)

    def exists(self) -> bool:
        """Whether there is anything at the path."""
        return self.store.exists()

    def head(self) -> tuple[Identity | None, set[str]]:
        """What the journal says; its parts are gone where somebody has removed the store."""
        found, done = head_of(self._journal)
        if done and not self.exists():
            self.forget_parts()
            done = set()
        return found, done

    def begin(self, identity: Identity, prepare: Callable[[], None]) -> Notes:
        """Write the journal, then make room."""
        self.head()
        self.store.parent.mkdir(parents=True, exist_ok=True)
        journal = Journal(self._journal, identity)
        try:
            if not journal.done:
                prepare()
        except BaseException:
            journal.close(complete=False)
            raise
        return _FolderNotes(journal, self.store)

    def forget_parts(self) -> None:
        """Take them out of the journal."""
        forget_parts(self._journal)


class _FolderNotes:
    """A journal, at whose end nothing is left of chunks that a killed process was writing."""

    def __init__(self, journal: Journal, store: Path) -> None:
        self._journal, self._store = journal, store
        self.done = journal.done
        self.lock = nullcontext()

    def add(self, key: str) -> None:
        self._journal.add(key)

    def close(self, *, complete: bool) -> None:
        if complete:
            for leftover in self._store.rglob("*.partial"):
                leftover.unlink(missing_ok=True)
        self._journal.close(complete=complete)
