"""Names for files from their ids, which a server may choose freely: names that stay within a folder on every system."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Sequence

_SEPARATORS = re.compile(r"[/\\]+")
_FORBIDDEN = frozenset('<>:"|?*')
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{name}{number}" for name in ("com", "lpt") for number in range(10))}
)
"""Names that are devices on Windows, with any ending."""

_MAX_NAME = 200
"""Characters of a name (chosen): file systems take 255 bytes."""


def safe_name(file_id: str) -> str:
    r"""The last part of an id as the name of a file.

    An id is a bare name (``t1923.png``), a path of the server with slashes or backslashes
    (``.\Orthos2019\RGBNIR\01259900.tif``), a URL, or a handle (``t1928``).
    """
    last = _SEPARATORS.split(_path(file_id).rstrip("/\\"))[-1]
    name = "".join(sign if sign.isprintable() and sign not in _FORBIDDEN else "_" for sign in last).strip(" .")
    if not name:
        return "raster"
    if name.split(".")[0].lower() in _DEVICES:
        name = f"_{name}"
    if len(name) > _MAX_NAME:
        stem, dot, ending = name.partition(".")
        name = f"{stem[: max(1, _MAX_NAME - len(ending) - 1)]}{dot}{ending}"[-_MAX_NAME:]
    return name


def relative_paths(file_ids: Sequence[str]) -> list[tuple[str, ...]]:
    """The paths of the files of one raster below its folder: side by side, so that GDAL sees which belong together.

    Files with the same name, from several folders of the server, go into folders of their own.
    """
    names = [safe_name(file_id) for file_id in file_ids]
    if len({name.lower() for name in names}) == len(names):
        return [(name,) for name in names]
    parents: dict[str, int] = {}
    paths: list[tuple[str, ...]] = []
    taken: set[tuple[str, ...]] = set()
    for file_id, name in zip(file_ids, names, strict=True):
        number = parents.setdefault(_SEPARATORS.sub("/", _path(file_id)).rpartition("/")[0], len(parents))
        path = (name,) if number == 0 else (str(number + 1), name)
        while tuple(part.lower() for part in path) in taken:  # twice the same id
            path = (*path[:-1], f"_{path[-1]}")
        taken.add(tuple(part.lower() for part in path))
        paths.append(path)
    return paths


def _path(file_id: str) -> str:
    """The path in a URL; any other id is one as it is."""
    if re.match(r"https?://", file_id, re.IGNORECASE):
        return unquote(urlsplit(file_id).path)
    return file_id
