"""The formats of downloaded files: which of them is the raster, and its format by its first bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import InputError, brief

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FORMATS = ("TIFF", "Imagine Image", "JPEG", "NITF", "BIL", "BSQ", "BIP", "ENVI", "JP2", "GIF", "BMP", "PNG")
"""Those of Esri's documentation of Download Rasters."""

_MAGIC = (
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"EHFA_HEADER_TAG", "Imagine Image"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"NITF", "NITF"),
    (b"NSIF", "NITF"),
    (b"\0\0\0\x0cjP  ", "JP2"),
    (b"\xff\x4f\xff\x51", "JP2"),
    (b"GIF8", "GIF"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"BM", "BMP"),
)
"""The first bytes of files, as the specification of each format has them."""

_BESIDE = (
    ".ovr", ".aux", ".xml", ".rrd", ".tfw", ".tifw", ".tfwx", ".pgw", ".jgw", ".jpgw", ".bpw", ".gfw", ".j2w", ".wld",
    ".prj", ".hdr", ".stx", ".clr", ".dbf", ".cpg", ".vat", ".msk", ".txt", ".htm", ".html", ".json", ".lock",
)  # fmt: skip
"""Endings of files that belong to a raster: overviews, world files, projections, statistics, tables (those of GDAL's
and Esri's software)."""


def check_format(name: object) -> str:
    """The name of a format as Esri spells it.

    Raises
    ------
    InputError
        If there is no such format.
    """
    spelled = next((known for known in FORMATS if isinstance(name, str) and known.lower() == name.lower()), None)
    if spelled is None:
        raise InputError(f"format={brief(name)} is unknown: pass one of {', '.join(FORMATS)}.")
    return spelled


def format_of(path: Path) -> str:
    """The format of a file by its first bytes, else by its ending; empty where it is not known."""
    with path.open("rb") as file:
        begin = file.read(32)
    name = next((name for magic, name in _MAGIC if begin.startswith(magic)), "")
    ending = path.suffix.lower().lstrip(".")
    return name or (ending.upper() if ending in ("bil", "bsq", "bip") else "")


def images_of(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The files that are rasters; the others belong to them.

    Of files whose names have no ending, the first whose bytes are those of a raster is taken: servers list overviews
    and masks, whose bytes are those of rasters too, behind it.
    """
    candidates = [path for path in paths if not path.name.lower().endswith(_BESIDE)]
    first = next((path for path in candidates if not path.suffix and format_of(path)), None)
    return tuple(path for path in candidates if path.suffix or path == first)
