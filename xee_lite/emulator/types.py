"""Pixel types, projections and grids."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt
from pyproj import CRS
from pyproj.exceptions import CRSError

from .errors import EarthError

Floats = npt.NDArray[np.float64]
Precision = Literal["int", "float", "double"]
Transform = tuple[float, float, float, float, float, float]
"""Row order [xScale, xShear, xTranslation, yShear, yScale, yTranslation], pixel-is-area."""

_INTEGERS = (np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int32, np.int64)
_ORDER: dict[Precision, int] = {"int": 0, "float": 1, "double": 2}
MAX_DIMENSIONS = 32
"""Dimensions that an array may have: this emulator's own limit, far more than needed."""
METRES_PER_DEGREE = math.pi * 6378137.0 / 180.0
"""Length of a degree as the service counts it in EPSG:4326: 111319.49 m, without a cosine of the latitude."""


@dataclass(frozen=True, slots=True)
class PixelType:
    """Precision and range of a band's values."""

    precision: Precision
    min: float | None = None
    max: float | None = None
    dimensions: int = 0

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """The dtype on the wire (NPY), after the table that GDAL's EEDAI driver reads it with."""
        if self.precision == "double":
            return np.dtype("<f8")
        if self.precision == "float":
            return np.dtype("<f4")
        low = 0 if self.min is None else self.min
        high = math.inf if self.max is None else self.max
        if low >= -128 and low < 0 and high <= 127:
            return np.dtype("i1")
        if low < -32768:
            return np.dtype("<i4")
        if high > 65535:
            return np.dtype("<u4") if low >= 0 else np.dtype("<i4")
        if low < 0:
            return np.dtype("<i2") if high <= 32767 else np.dtype("<i4")
        return np.dtype("<u2") if high > 255 else np.dtype("u1")

    @property
    def wide(self) -> bool:
        """Whether these are integers that 32 bits do not hold, which have no dtype of their own on the wire."""
        low, high = (-math.inf if self.min is None else self.min), (math.inf if self.max is None else self.max)
        return self.precision == "int" and not (low >= -(2**31) and high < 2**31) and not (low >= 0 and high < 2**32)

    @property
    def storage(self) -> np.dtype[np.generic]:
        """The narrowest dtype that holds the values within this process; integers reach to 64 bits here."""
        if self.precision != "int":
            return self.dtype
        if self.min is None or self.max is None:
            return np.dtype(np.int64)
        for dtype in _INTEGERS:
            limits = np.iinfo(dtype)
            if limits.min <= self.min and self.max <= limits.max:
                return np.dtype(dtype)
        return np.dtype(np.int64)

    def union(self, other: PixelType) -> PixelType:
        """The smallest type that holds the values of both."""
        precision: Precision = max(self.precision, other.precision, key=_ORDER.__getitem__)
        if self.min is None or other.min is None or self.max is None or other.max is None:
            return PixelType(precision, None, None, max(self.dimensions, other.dimensions))
        return PixelType(
            precision,
            min(self.min, other.min),
            max(self.max, other.max),
            max(self.dimensions, other.dimensions),
        )

    def to_json(self) -> dict[str, object]:
        """The ``data_type`` of getInfo."""
        out: dict[str, object] = {"type": "PixelType", "precision": self.precision}
        if self.min is not None:
            out["min"] = self.min
        if self.max is not None:
            out["max"] = self.max
        if self.dimensions:
            out["dimensions"] = self.dimensions
        return out


UINT8 = PixelType("int", 0, 255)
UINT16 = PixelType("int", 0, 65535)
UINT32 = PixelType("int", 0, 4294967295)
INT8 = PixelType("int", -128, 127)
INT16 = PixelType("int", -32768, 32767)
INT32 = PixelType("int", -2147483648, 2147483647)
INT64 = PixelType("int", -(2**63), 2**63 - 1)
FLOAT = PixelType("float")
DOUBLE = PixelType("double")
BOOLEAN = PixelType("int", 0, 1)


_AUTHORITY_CODE = re.compile(r"[A-Za-z][A-Za-z-]*:[A-Za-z0-9]{1,20}")
_NAMES_A_FILE = re.compile(r"grids\s*=\s*(?!@null\b)", re.IGNORECASE)
"""A PROJ string inside WKT that names a grid file; Web Mercator's, ``+nadgrids=@null``, names none."""


@lru_cache(maxsize=512)
def parse_crs(text: str) -> CRS:
    """Turn a CRS code or WKT into a pyproj CRS.

    Only codes and WKT reach PROJ, whose other spellings can name files.

    Raises
    ------
    EarthError
        If it is neither, or pyproj does not know it.
    """
    good = _AUTHORITY_CODE.fullmatch(text) or ("[" in text and not _NAMES_A_FILE.search(text))
    try:
        if good:
            return CRS.from_user_input(SR_ORG.get(text, text))
    except CRSError as error:
        raise EarthError(f"The CRS of a map projection could not be parsed: '{text[:200]}'.") from error
    raise EarthError(f"The CRS of a map projection could not be parsed: '{text[:200]}'.")


def crs_name(text: str) -> str:
    """The EPSG code of WKT that means it exactly, as the service prints it; otherwise the text that was given.

    Raises
    ------
    EarthError
        If it is no CRS.
    """
    crs = parse_crs(text)
    epsg = crs.to_epsg(min_confidence=100) if "[" in text else None
    return text if epsg is None else f"EPSG:{epsg}"


SR_ORG = {"SR-ORG:6974": "+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +R=6371007.181 +units=m +no_defs +over +type=crs"}
"""MODIS sinusoidal: the service's own code, which PROJ's database does not hold.

Its WKT at the service names WGS 84, and MODIS' sphere in parameters of the projection. PROJ would go by the former and
miss the edges of the tiles, which lie at whole tens of degrees, by up to 20 km. ``+over`` leaves what lies outside of
the map outside of it.
"""


@dataclass(frozen=True, slots=True)
class Projection:
    """A coordinate reference system and the affine transform from pixels to it."""

    crs: str
    transform: Transform = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)

    @property
    def pyproj(self) -> CRS:
        """The CRS as pyproj's object."""
        return parse_crs(self.crs)

    @property
    def metres_per_unit(self) -> float:
        """Metres in one unit of the CRS (earth-wide constant for degrees)."""
        crs = self.pyproj
        if crs.is_geographic:
            return METRES_PER_DEGREE
        return float(crs.axis_info[0].unit_conversion_factor) if crs.axis_info else 1.0

    @property
    def nominal_scale(self) -> float:
        """Metres per pixel: the root of the area of a pixel."""
        a, b, _, d, e, _ = self.transform
        return math.sqrt(abs(a * e - b * d)) * self.metres_per_unit

    def at_scale(self, metres: float) -> Projection:
        """The same projection with square pixels of ``metres`` and no translation, as ``Projection.atScale``."""
        size = metres / self.metres_per_unit
        return replace(self, transform=(size, 0.0, 0.0, 0.0, -size if self.transform[4] < 0 else size, 0.0))

    def to_json(self) -> dict[str, object]:
        """The value of getInfo, in which clients look for ``wkt`` where there is no ``crs``."""
        return {"type": "Projection", "wkt" if "[" in self.crs else "crs": self.crs, "transform": list(self.transform)}


WGS84 = Projection("EPSG:4326")
"""The projection of composites and constants: EPSG:4326 at one degree, y scale +1 (the service's own default)."""


@dataclass(frozen=True, slots=True)
class PixelGrid:
    """The rectangle of pixels that a request asks for."""

    crs: str
    transform: Transform
    width: int
    height: int

    @property
    def projection(self) -> Projection:
        """The grid without its size."""
        return Projection(self.crs, self.transform)

    def centres(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Coordinates of the pixel centres in the grid's CRS: shaped (1, width) and (height, 1) without shear."""
        a, b, c, d, e, f = self.transform
        col = np.arange(self.width, dtype=np.float64)[np.newaxis, :] + 0.5
        row = np.arange(self.height, dtype=np.float64)[:, np.newaxis] + 0.5
        x = a * col + c if b == 0 else a * col + b * row + c
        y = e * row + f if d == 0 else d * col + e * row + f
        return x, y
