"""Reprojection of points from one CRS to another, with NaN where the target has no coordinates for a point."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from ..errors import InputError
from .crs import metres_per_axis_unit, parse_crs, spell_crs

Points = np.ndarray[Any, np.dtype[np.float64]]
"""Shape (n, 2): x and y, or longitude and latitude."""
Flags = np.ndarray[Any, np.dtype[np.bool_]]

Bounds = tuple[float, float, float, float]
"""(left, bottom, right, top)."""

DEGREES = "EPSG:4326"
"""The CRS of a bbox, and of a geometry that says none."""

_FARTHEST = 1e8
"""Metres, two and a half times around the Earth; chosen: a coordinate beyond it stands for infinity, as that of the
pole in Mercator, which PROJ gives as 2.4e8, or of the far pole in a stereographic map."""

_TOLERANCE = 1000.0
"""Metres by which a point may differ after it was projected there and back; chosen, more than was measured. Inverses
(Equal Earth, a far meridian of transverse Mercator) are right to a metre, and with a shift of datum, which PROJ chooses
anew on the way back, to hundreds of metres. Points without an inverse come back elsewhere on the map, or not at all."""

_METRES = 111_320.0
"""A degree of latitude, roughly, for `_TOLERANCE`."""

_HAIR = 1e-7
"""Degrees, a centimetre; chosen: how far within the rim of a map a point is tried again."""

_INSIDE = 1e-9
"""Part of a box by which a pole has to lie within it to count, since tiles that meet at a pole do not go around it;
chosen."""

# The literal tolerances below, of 1e-9 degrees, 1e-6 of a box and 1e-4 degrees at the rim of a map, are for rounding.

_POLES = np.array([(-120.0, 90.0), (0.0, 90.0), (120.0, 90.0)])
"""The north pole at several longitudes, since some maps make a line of it; the south pole when negated."""


@dataclass(frozen=True)
class Reprojection:
    """A reprojection from one CRS to another.

    Parameters
    ----------
    from_crs, to_crs : str
        As :func:`xee_lite.grids.crs.parse_crs` takes them.

    Raises
    ------
    InputError
        If PROJ knows no way, as between two planets.
    """

    from_crs: str
    to_crs: str
    _there: Transformer = field(init=False, repr=False)
    _earth: Transformer = field(init=False, repr=False)

    def __post_init__(self) -> None:
        source, target = parse_crs(self.from_crs), parse_crs(self.to_crs)
        try:
            there, earth = (Transformer.from_crs(source, to, always_xy=True) for to in (target, parse_crs(DEGREES)))
        except ProjError as error:
            raise InputError(
                f"PROJ knows no way from {spell_crs(self.from_crs)} to {spell_crs(self.to_crs)} "
                f"({str(error).rstrip('.')}): pass another crs, or a whole grid."
            ) from error
        object.__setattr__(self, "_there", there)
        object.__setattr__(self, "_earth", earth)

    def __call__(self, points: Points) -> Points:
        """Coordinates in the target; NaN where there are none, or none that come back to the point."""
        there = _moved(self._there, points)
        if not self.to_degrees:
            there[np.abs(there * metres_per_axis_unit(parse_crs(self.to_crs))).max(axis=1) > _FARTHEST] = np.nan
        there[~self.on_earth(points)] = np.nan
        lost = np.flatnonzero(np.isfinite(there[:, 0]) & ~self._come_back(points, there))
        hair = _HAIR if parse_crs(self.from_crs).is_geographic else _HAIR * _METRES
        for step in ((-hair, -hair), (-hair, hair), (hair, -hair), (hair, hair)):
            near = points[lost] + step  # rounding loses the rim itself of a map of the world, and not points within
            lost = lost[~self._come_back(near, _moved(self._there, near))]
        there[lost] = np.nan
        return there

    def _come_back(self, points: Points, there: Points) -> Flags:
        """Whether coordinates in the target lead back to the points."""
        return _same(points, _moved(self._there, there, inverse=True), parse_crs(self.from_crs))

    @property
    def to_degrees(self) -> bool:
        """Whether the target's coordinates are angles."""
        return parse_crs(self.to_crs).is_geographic

    @property
    def keeps_longitudes(self) -> bool:
        """Whether longitudes change little, so that continuous lines stay continuous."""
        return _is_plain(parse_crs(self.from_crs)) and _is_plain(parse_crs(self.to_crs))

    def goes_around(self, width: float) -> bool:
        """Whether a width in the source is the whole turn of longitudes."""
        return _is_plain(parse_crs(self.from_crs)) and width >= 360 - 1e-9

    def on_earth(self, points: Points) -> Flags:
        """Whether points of the source are on the Earth: corners of a full disc or of a sinusoidal map are not."""
        source = parse_crs(self.from_crs)
        if source.is_geographic:
            return np.abs(points[:, 1]) <= 90
        return _same(points, _moved(self._earth, _moved(self._earth, points), inverse=True), source)

    def spell_point(self, point: Points) -> str:
        """A point of the source, in messages."""
        longitude, latitude = _moved(self._earth, point.reshape(1, 2))[0]
        return f"near longitude {(longitude + 180) % 360 - 180:.6g}, latitude {latitude:.6g}"

    def earth_poles(self, low: Points, high: Points) -> Points:
        """The poles of the Earth within a box of the source, which the lines over the box may miss."""
        if _is_plain(parse_crs(self.from_crs)):
            return np.empty((0, 2))
        poles = _moved(self._earth, np.concatenate([_POLES, -_POLES]), inverse=True)
        margin = _INSIDE * (high - low)
        return poles[((poles >= low - margin) & (poles <= high + margin)).all(axis=1)]

    def poles_inside(self, low: Points, high: Points) -> tuple[bool, bool]:
        """Whether the south, and the north, pole of a geographic target lie within a box of the source as points."""
        if self.keeps_longitudes:
            return False, False
        found = []
        for pole in (-_POLES, _POLES):
            poles = _moved(self._there, pole, inverse=True)
            inner = _INSIDE * (high - low)
            is_point = bool(np.isfinite(poles).all() and (np.ptp(poles, axis=0) <= 1e-6 * (high - low)).all())
            found.append(is_point and bool((poles > low + inner).all() and (poles < high - inner).all()))
        return found[0], found[1]

    def turned(self, points: Points | None, there: Points, cut: float | None) -> Points:
        """Longitudes of the target moved by whole turns: near those of the source, or eastwards from a cut.

        A pole has every longitude, and gets NaN.
        """
        turned = there.copy()
        if self.keeps_longitudes:
            if points is not None:
                turned[:, 0] += 360 * np.round((points[:, 0] - there[:, 0]) / 360)
            return turned
        if cut is None:
            beyond = (np.abs(there[:, 0]) > 180) & (np.abs(there[:, 0]) < 180 + 1e-4)  # by rounding, at the rim
            turned[beyond, 0] = np.copysign(180, there[beyond, 0])
        else:
            turned[:, 0] = (there[:, 0] - cut) % 360 + cut
        turned[np.abs(turned[:, 1]) > 90 - 1e-9, 0] = np.nan
        return turned


def _moved(transformer: Transformer, points: Points, *, inverse: bool = False) -> Points:
    x, y = transformer.transform(points[:, 0], points[:, 1], direction="INVERSE" if inverse else "FORWARD")
    moved = np.stack([x, y], axis=1)
    moved[~np.isfinite(moved).all(axis=1)] = np.nan
    return moved


def _same(points: Points, others: Points, crs: CRS) -> Flags:
    apart = np.abs(points - others)
    if crs.is_geographic:
        around = np.abs((apart[:, 0] + 180) % 360 - 180) * np.cos(np.radians(np.abs(points[:, 1])))
        return np.asarray(np.maximum(around, apart[:, 1]) * _METRES < _TOLERANCE)
    return np.asarray(apart.max(axis=1) * metres_per_axis_unit(crs) < _TOLERANCE)


def _is_plain(crs: CRS) -> bool:
    """Whether a CRS is geographic with the poles of the Earth, and not with rotated ones."""
    return crs.is_geographic and not crs.is_derived
