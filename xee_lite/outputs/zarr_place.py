"""The place of a Zarr store, and its notes of the parts that are written; here a folder with a journal."""

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
    """Notes of the parts that are written.

    Attributes
    ----------
    done : set of str
        The keys of these parts.
    lock : context manager
        A part is written and noted within it.
    """

    done: set[str]

    @property
    def lock(self) -> AbstractContextManager[object]:
        """See above."""
        ...

    def add(self, key: str) -> None:
        """Note a part as written; from any thread."""
        ...

    def close(self, *, complete: bool) -> None:
        """End the run, and the export where it is complete."""
        ...


class ZarrPlace(Protocol):
    """A place for one store.

    Attributes
    ----------
    store : path or zarr.abc.store.Store
        For Zarr; after a commit another one.
    """

    @property
    def store(self) -> Path | Store:
        """See above."""
        ...

    @property
    def name(self) -> str:
        """The name for messages."""
        ...

    def exists(self) -> bool:
        """Whether a store is there."""
        ...

    def head(self) -> tuple[Identity | None, set[str]]:
        """The identity of an interrupted export, None without one, and the keys of its parts that are written."""
        ...

    def begin(self, identity: Identity, prepare: Callable[[], None]) -> Notes:
        """Begin an export, or go on with one. Where no part is written, `prepare` is called to make the arrays.

        Raises
        ------
        InputError
            If another export was interrupted here.
        """
        ...

    def forget_parts(self) -> None:
        """Have an interrupted export begin from the start."""
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
        """The contents of the journal; without its parts where somebody has removed the store."""
        identity, done = head_of(self._journal)
        if done and not self.exists():
            self.forget_parts()
            done = set()
        return identity, done

    def begin(self, identity: Identity, prepare: Callable[[], None]) -> Notes:
        """Write the journal, then make the arrays."""
        self.head()  # which forgets parts of a store that was removed
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
        """Remove the parts from the journal."""
        forget_parts(self._journal)


class _FolderNotes:
    """Notes in a journal; at its end incomplete chunks of a process that was killed are removed."""

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
