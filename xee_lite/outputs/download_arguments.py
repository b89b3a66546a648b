"""The arguments of a download, and the files that they ask for: the bands of each, on which grid, under which name."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..argument_values import names_of
from ..errors import InputError, XeeLiteWarning, brief
from ..planning.download_grids import GridWords, download_grid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..grids.grid import Grid
    from ..stack import Stack

FORMATS = ("GEO_TIFF", "ZIPPED_GEO_TIFF", "ZIPPED_GEO_TIFF_PER_BAND", "NPY", "COG")
_ZIPPED = ("ZIPPED_GEO_TIFF", "ZIPPED_GEO_TIFF_PER_BAND")
_KEYS = {"id", "crs", "crs_transform", "dimensions", "scale"}
"""Of a band in the list of bands."""
_LONGEST_NAME = 200
"""Characters of a file's name; file systems take 255 bytes."""


@dataclass(frozen=True, slots=True)
class DownloadFile:
    """One file of a download.

    Attributes
    ----------
    stem : str
        Its name without a suffix, within one folder.
    bands : tuple of str
    grid : Grid
    """

    stem: str
    bands: tuple[str, ...]
    grid: Grid


@dataclass(frozen=True, slots=True)
class DownloadArguments:
    """The arguments of `xee_lite.download`, as the reference of ``ee.Image.getDownloadURL`` means them.

    Attributes
    ----------
    format : str
    bands : tuple of (str, GridWords), optional
        Each band with its own words; None for all bands.
    words : GridWords
        For bands that have none of their own.
    name : str, optional
        What names of files begin with.
    per_band : bool
        Whether each band is a file.
    """

    format: str
    bands: tuple[tuple[str, GridWords], ...] | None
    words: GridWords
    name: str | None
    per_band: bool

    @classmethod
    def of(
        cls, file_format: object, bands: object, words: GridWords, name: object, file_per_band: object
    ) -> DownloadArguments:
        """Check what can be checked without the image.

        Raises
        ------
        InputError
            For an unknown format, a list of bands that is none, or a name that is no text.
        """
        if not isinstance(file_format, str) or file_format.upper() not in FORMATS:
            raise InputError(
                f"format={brief(file_format)} is no format of a download: pass one of {', '.join(FORMATS)}."
            )
        kind = file_format.upper()
        if file_per_band is not None and not isinstance(file_per_band, bool):
            raise InputError(f"file_per_band={brief(file_per_band)} is neither True nor False.")
        if name is not None and not (isinstance(name, str) and name.strip()):
            raise InputError(f"name={brief(name)} is no beginning of a file's name: pass text.")
        split = kind == "ZIPPED_GEO_TIFF_PER_BAND" or (kind == "ZIPPED_GEO_TIFF" and file_per_band is not False)
        return cls(kind, _bands(bands), words, name, split)

    @property
    def is_zipped(self) -> bool:
        """Whether the files are the members of a zip file."""
        return self.format in _ZIPPED

    @property
    def names(self) -> tuple[str, ...] | None:
        """Names of the bands; None for all."""
        return None if self.bands is None else tuple(band for band, _ in self.bands)

    def files(self, stack: Stack, region: object) -> list[DownloadFile]:
        """The files, planned.

        Parameters
        ----------
        stack : Stack
            The image with the bands that are downloaded, in their order.
        region : (west, south, east, north), geometry, or None

        Raises
        ------
        InputError
            If a band has no such grid, or two files would have one name.

        Warns
        -----
        XeeLiteWarning
            If what was passed counts for nothing beside something else.
        """
        prefix = file_stem(self.name or _default_name(stack.source))
        own = dict(self.bands or ())
        self._warn(own, region)
        if not self.per_band:
            grid = download_grid(self.words, stack.bands[0], region, stack.source)
            return [DownloadFile(prefix, tuple(band.name for band in stack.bands), grid)]
        files = []
        for band in stack.bands:
            words = own.get(band.name, GridWords()).over(self.words)
            grid = download_grid(words, band, region, stack.source)
            files.append(DownloadFile(f"{prefix}.{file_stem(band.name)}", (band.name,), grid))
        stems = [file.stem.lower() for file in files]
        again = next((file for number, file in enumerate(files) if stems[number] in stems[:number]), None)
        if again is not None:
            raise InputError(
                f"Two bands would be written to {again.stem}.tif: pass file_per_band=False, or rename the bands."
            )
        return files

    def _warn(self, own: Mapping[str, GridWords], region: object) -> None:
        """Say what counts for nothing, as the reference has it."""
        if not self.per_band and any(words != GridWords() for words in own.values()):
            warnings.warn(
                "crs, crs_transform, dimensions and scale of single bands count only where each band is a file "
                "(ZIPPED_GEO_TIFF_PER_BAND): all bands get the grid of the first.",
                XeeLiteWarning,
                stacklevel=4,
            )
        used = [words.over(self.words) for words in own.values()] if self.per_band and own else [self.words]
        beside = [name for name, value in (("region", region), ("scale", self.words.scale)) if value is not None]
        if beside and all(words.fix_pixels for words in used):
            warnings.warn(
                f"{'= and '.join(beside)}= count for nothing beside crs= and crs_transform=, which say where each "
                "pixel lies: pass dimensions= to download a part of the image.",
                XeeLiteWarning,
                stacklevel=4,
            )


def _bands(bands: object) -> tuple[tuple[str, GridWords], ...] | None:
    """Names, or dictionaries with the words of each band."""
    if isinstance(bands, list | tuple) and bands and all(isinstance(band, Mapping) for band in bands):
        return _described(bands)
    names = names_of("bands", bands)  # type: ignore[arg-type] # it checks what it is
    if names == ():
        raise InputError("bands=[] leaves nothing to download: pass names of bands, or none of this for all.")
    return None if names is None else tuple((name, GridWords()) for name in names)


def _described(bands: Sequence[Mapping[object, object]]) -> tuple[tuple[str, GridWords], ...]:
    found = []
    for band in bands:
        unknown = next((key for key in band if key not in _KEYS), None)
        if unknown is not None:
            raise InputError(f"bands= has a band with {brief(unknown)}: pass {', '.join(sorted(_KEYS))}.")
        if not isinstance(band.get("id"), str):
            raise InputError(f"bands= has a band without an 'id', its name: {brief(dict(band))}.")
        found.append(
            (str(band["id"]), GridWords(*(band.get(key) for key in ("crs", "crs_transform", "dimensions", "scale"))))
        )
    names_of("bands", [name for name, _ in found])
    return tuple(found)


def _default_name(source: str) -> str:
    """The last part of a stored image's id; of a computed one, which a source names in several words, "download"."""
    return "download" if " " in source else source.rpartition("/")[2]


def file_stem(name: str) -> str:
    """A name under which a file lies in its folder on any system, and nowhere else: never a path."""
    safe = re.sub(r'[\x00-\x1f\x7f/\\:*?"<>|{}]', "_", name).strip(" ")[:_LONGEST_NAME]
    return "download" if safe.strip(". ") == "" else safe
