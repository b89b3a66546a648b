"""From the ids of files, which servers make up, to names that stay within a folder on every system."""

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

_LONGEST = 200


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
    if len(name) > _LONGEST:
        stem, dot, ending = name.partition(".")
        name = f"{stem[: max(1, _LONGEST - len(ending) - 1)]}{dot}{ending}"[-_LONGEST:]
    return name


def relative_paths(file_ids: Sequence[str]) -> list[tuple[str, ...]]:
    """Where the files of one raster go, below its folder: side by side, so that GDAL sees which belong together.

    Files of several folders of the server that have the same name go into folders apart, lest one replace another.
    """
    names = [safe_name(one) for one in file_ids]
    if len({name.lower() for name in names}) == len(names):
        return [(name,) for name in names]
    parents: dict[str, int] = {}
    found: list[tuple[str, ...]] = []
    taken: set[tuple[str, ...]] = set()
    for file_id, name in zip(file_ids, names, strict=True):
        number = parents.setdefault(_SEPARATORS.sub("/", _path(file_id)).rpartition("/")[0], len(parents))
        path = (name,) if number == 0 else (str(number + 1), name)
        while tuple(part.lower() for part in path) in taken:  # twice the same id
            path = (*path[:-1], f"_{path[-1]}")
        taken.add(tuple(part.lower() for part in path))
        found.append(path)
    return found


def _path(file_id: str) -> str:
    if re.match(r"https?://", file_id, re.IGNORECASE):
        return unquote(urlsplit(file_id).path)
    return file_id
