"""Where the files of exports go: a local folder stands for Drive and for the buckets of Cloud Storage."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Self

from ..errors import EarthError
from . import payload

if TYPE_CHECKING:
    import os

    from .payload import Json

_LONGEST = 200
"""Bytes of one part of a path, so that a suffix still fits into what file systems allow (255)."""


class Destinations:
    """Files of exports, within one folder.

    Parameters
    ----------
    root : path, optional
        Files are ``<root>/<folder of Drive or bucket>/<prefix><suffix>``. It is made when it is first written to.
        Without one, exports to files are refused.
    """

    def __init__(self, root: str | os.PathLike[str] | None) -> None:
        self._root = None if root is None else Path(root).resolve()

    def file(self, options: Json, description: str) -> Path:
        """The path that FileExportOptions name, to which a suffix comes.

        A folder of Drive is one name, whatever it holds (guide to exporting images); the prefix of a bucket is a path.

        Raises
        ------
        EarthError
            If it names none, or one that would lie elsewhere.
        """
        if self._root is None:
            raise EarthError("This emulator has nowhere to write files to: start it with exports='folder'.")
        if "driveDestination" in options:
            fields = _fields(options, "driveDestination", "folder")
            parts = [*([fields["folder"]] if fields.get("folder") else []), fields.get("filenamePrefix") or description]
        elif "cloudStorageDestination" in options:
            fields = _fields(options, "cloudStorageDestination", "bucket")
            parts = [fields.get("bucket", ""), *(fields.get("filenamePrefix") or description).split("/")]
        else:
            raise EarthError("'fileExportOptions' must have a 'driveDestination' or a 'cloudStorageDestination'.")
        for part in parts:
            _check(part)
        path = self._root.joinpath(*parts)
        if not path.parent.resolve().is_relative_to(self._root):
            raise EarthError(f"'{'/'.join(parts)[:200]}' leads out of the folder of exports.")
        return path


class Drafts:
    """Files of one export, a context manager: they get their names when all of them are written, or go.

    Parameters
    ----------
    base : Path
        What the names of the files begin with.
    """

    def __init__(self, base: Path) -> None:
        self._base = base
        self._names: dict[Path, Path] = {}
        self.uris: list[str] = []

    def __call__(self, suffix: str) -> Path:
        """Where to write the file of a suffix; the folder is there then."""
        path = self._base.with_name(f"{self._base.name}{suffix}")
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{secrets.token_hex(8)}.part{path.suffix}")
        self._names[draft] = path
        return draft

    def drop(self, draft: Path) -> None:
        """Leave out a file that was written."""
        del self._names[draft]
        draft.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, _error: object, _where: object) -> None:
        for draft, path in self._names.items():
            if kind is None:
                draft.replace(path)
                self.uris.append(path.as_uri())
            else:
                draft.unlink(missing_ok=True)


def _fields(options: Json, name: str, folder_field: str) -> dict[str, str]:
    fields = payload.message(
        options[name],
        f"fileExportOptions.{name}",
        frozenset({folder_field, "filenamePrefix", "permissions", "bucketCorsUris"}),
    )
    return {key: payload.text(fields[key] or "", key) for key in (folder_field, "filenamePrefix") if key in fields}


def _check(part: str) -> None:
    bad = not part or part.startswith(".") or "/" in part or "\\" in part or not part.isprintable()
    if bad or len(part.encode("utf-8", "replace")) > _LONGEST:
        raise EarthError(f"'{part[:100]}' is no name that a file or folder can have here.")
