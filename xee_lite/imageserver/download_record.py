"""The record of a raster's download: which files came for which request, so that they are not fetched again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_NAME = "xee_lite-download.json"
"""Of the file in the folder of each raster."""


def write_record(home: Path, request: Mapping[str, Any], paths: Sequence[Path]) -> None:
    """Write the record of a download that is complete.

    Parameters
    ----------
    home : Path
        The folder of the raster.
    request : mapping
        What was asked for, as JSON.
    paths : sequence of Path
        The files that came.
    """
    files = [{"name": path.relative_to(home).as_posix(), "size": path.stat().st_size} for path in paths]
    part = home / f"{uuid4().hex}.part"
    part.write_text(json.dumps({**request, "files": files}, indent=1, sort_keys=True), "utf-8")
    part.replace(home / _NAME)


def complete_files(home: Path, request: Mapping[str, Any]) -> tuple[Path, ...] | None:
    """The files of a raster; None unless all are there, for the same request and of the sizes that they came with."""
    try:
        record = json.loads((home / _NAME).read_text("utf-8"))
        files = [(home / str(file["name"]), int(file["size"])) for file in record.pop("files")]
        inside = all(path.resolve().is_relative_to(home.resolve()) for path, _ in files)
        complete = inside and all(path.stat().st_size == size for path, size in files)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    same = record == json.loads(json.dumps(request))
    return tuple(path for path, _ in files) if files and complete and same else None
