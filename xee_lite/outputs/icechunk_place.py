"""A Zarr store in an Icechunk repository, whose commits note which parts of an export are written.

A commit is made for each batch of parts, and its metadata has their keys. So no file is needed beside the repository,
and an export can go on from another machine.
"""

from __future__ import annotations

import json
from threading import RLock
from typing import TYPE_CHECKING

from ..errors import InputError, OutputError, brief
from .identity import parts_in
from .journal import check_same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import icechunk

    from .journal import Identity
    from .zarr_place import Notes

_BRANCH = "main"

_KEY = "xee_lite"
"""The key in the metadata of a commit: its value is JSON with the identity of an export, where one begins, or with the
keys of parts."""

_BATCH = 64
"""Parts in a commit (chosen): a run that is killed loses one or two rounds of forty requests."""


def place_of(repository: object) -> Branch:
    """The place of a repository.

    Raises
    ------
    InputError
        If it is something else of Icechunk.
    """
    import icechunk  # noqa: PLC0415 - an extra

    if not isinstance(repository, icechunk.Repository):
        raise InputError(
            f"store={brief(repository)}: pass the icechunk.Repository itself, since a commit is made for each batch of "
            "parts, after which its session can write no more."
        )
    return Branch(repository)


class Branch:
    """The store on the branch "main" of a repository.

    Parameters
    ----------
    repository : icechunk.Repository

    Attributes
    ----------
    store : icechunk.IcechunkStore
        That of the current session: a commit ends a session.
    """

    def __init__(self, repository: icechunk.Repository) -> None:
        self._repository = repository
        self._anew = False
        self._begin_session()

    def _begin_session(self) -> None:
        self._session = self._repository.writable_session(_BRANCH)
        self.store = self._session.store

    @property
    def name(self) -> str:
        """The branch."""
        return f"branch {_BRANCH!r} of the Icechunk repository"

    def exists(self) -> bool:
        """Whether there is a group or an array."""
        from zarr import open_group  # noqa: PLC0415 - an extra
        from zarr.errors import GroupNotFoundError  # noqa: PLC0415 - as above

        try:
            open_group(self._repository.readonly_session(_BRANCH).store, mode="r")
        except GroupNotFoundError:
            return False
        return True

    def head(self) -> tuple[Identity | None, set[str]]:
        """The notes in the commits since the last export began."""
        done: set[str] = set()
        for commit in self._repository.ancestry(branch=_BRANCH):
            note = json.loads(str(commit.metadata.get(_KEY, "{}")))
            done |= set(note.get("parts", ()))
            identity: Identity | None = note.get("identity")
            if identity is not None:
                complete = len(done) == parts_in(identity)
                return (None, set()) if complete else (identity, set() if self._anew else done)
        return None, set()

    def begin(self, identity: Identity, prepare: Callable[[], None]) -> Notes:
        """Make the arrays in a commit of their own, or go on."""
        interrupted, done = self.head()
        if interrupted is not None and done:
            check_same(self.name, interrupted, identity, "take the branch back to the commit before it")
        if not done:
            prepare()
            self.commit("Begin an export", {"identity": dict(identity)})
            self._anew = False
        return _Commits(self, done)

    def forget_parts(self) -> None:
        """Have the next commit that makes the arrays begin another export."""
        self._anew = True

    def commit(self, message: str, note: dict[str, object]) -> None:
        """Commit all that was written with a note, and go on in a new session.

        Raises
        ------
        OutputError
            If another process has committed in the meantime.
        """
        import icechunk  # noqa: PLC0415 - an extra

        try:
            self._session.commit(message, metadata={_KEY: json.dumps(note)})
        except icechunk.ConflictError as error:
            raise OutputError(
                f"{self.name} was committed to by another process meanwhile: run the same export again, which goes on."
            ) from error
        self._begin_session()


class _Commits:
    """Notes in commits.

    Attributes
    ----------
    done : set of str
    lock : context manager
        Held by writers, and while a commit is made: nothing can be written then.
    """

    def __init__(self, branch: Branch, done: Iterable[str]) -> None:
        self._branch = branch
        self.done = set(done)
        self.lock = RLock()
        self._batch: list[str] = []

    def add(self, key: str) -> None:
        with self.lock:
            self._batch.append(key)
            self.done.add(key)
            if len(self._batch) >= _BATCH:
                self._commit()

    def close(self, *, complete: bool) -> None:  # noqa: ARG002 - `head` sees it by the number of parts
        with self.lock:
            if self._batch:
                self._commit()

    def _commit(self) -> None:
        batch, self._batch = self._batch, []
        self._branch.commit(f"Write {len(batch)} parts of an export", {"parts": batch})
