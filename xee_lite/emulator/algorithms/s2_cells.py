"""Geometries of S2 cells.

What the service makes of encoded S2 points, polygons and their like is not here: the encodings are the library's own.
"""

from __future__ import annotations

import re

import numpy as np
from shapely.geometry import Polygon

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..geometry import s2
from ..geometry.geometry import Geometry


@algorithm("Geometry.fromS2CellId", "Geometry.s2Cell")
def from_cell_id(cell_id: int) -> Geometry:
    return _cell(cell_id, "Geometry.fromS2CellId")


@algorithm("Geometry.fromS2CellToken")
def from_cell_token(cell_token: str) -> Geometry:
    where = "Geometry.fromS2CellToken"
    if not re.fullmatch(r"(0x)?[0-9a-fA-F]{16}", cell_token):
        raise EarthError(
            f"{where}: A token has 16 hexadecimal digits, trailing zeros included; found '{cell_token[:50]}'."
        )
    return _cell(int(cell_token, 16), where)


def _cell(number: int, where: str) -> Geometry:
    """The cell with geodesic edges, as its sides are great circles; across the antimeridian beyond 180 degrees."""
    try:
        corners = s2.corners(number)
    except ValueError as error:
        raise EarthError(f"{where}: {error}.") from error
    corners[:, 0] = np.unwrap(corners[:, 0], period=360)
    return Geometry(Polygon(corners))
