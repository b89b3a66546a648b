"""Where the files of exports go: a local folder stands for Drive and for the buckets of Cloud Storage."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

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
        ``<root>/<folder of Drive or bucket>/<prefix>.tif``. It is made when it is first written to. Without one,
        exports to files are refused.
    """

    def __init__(self, root: str | os.PathLike[str] | None) -> None:
        self._root = None if root is None else Path(root).resolve()

    def file(self, options: Json, description: str, suffix: str) -> Path:
        """The path that FileExportOptions name.

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
        path = self._root.joinpath(*parts[:-1], f"{parts[-1]}{suffix}")
        if not path.parent.resolve().is_relative_to(self._root):
            raise EarthError(f"'{'/'.join(parts)[:200]}' leads out of the folder of exports.")
        return path


def draft_of(path: Path) -> Path:
    """Where to write a file before it is whole, in a folder that is there then."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.with_name(f".{path.stem}.{secrets.token_hex(8)}.part{path.suffix}")


def _fields(options: Json, name: str, place: str) -> dict[str, str]:
    fields = payload.message(
        options[name],
        f"fileExportOptions.{name}",
        frozenset({place, "filenamePrefix", "permissions", "bucketCorsUris"}),
    )
    return {key: payload.text(fields[key] or "", key) for key in (place, "filenamePrefix") if key in fields}


def _check(part: str) -> None:
    bad = not part or part.startswith(".") or "/" in part or "\\" in part or not part.isprintable()
    if bad or len(part.encode("utf-8", "replace")) > _LONGEST:
        raise EarthError(f"'{part[:100]}' is no name that a file or folder can have here.")
