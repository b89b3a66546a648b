"""Programs of the reference told anew: what they print is computed, and their layers are drawn where they look."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import ee

from xee_lite.emulator.evaluator.describe import describe
from xee_lite.emulator.images.image import Image, Sampler
from xee_lite.emulator.types import PixelGrid

Program = Callable[[], Iterator[Any]]

CIRCUMFERENCE = 2 * math.pi * 6378137
SIDE = 12
"""Pixels of a drawing."""


@dataclass(frozen=True)
class View:
    """What a map shows."""

    longitude: float
    latitude: float
    zoom: int

    @property
    def grid(self) -> PixelGrid:
        """A few pixels in its middle."""
        size = CIRCUMFERENCE / 256 / 2**self.zoom
        x = math.radians(self.longitude) * 6378137
        y = math.log(math.tan(math.pi / 4 + math.radians(self.latitude) / 2)) * 6378137
        return PixelGrid("EPSG:3857", (size, 0.0, x - size * SIDE / 2, 0.0, -size, y + size * SIDE / 2), SIDE, SIDE)


Looking = list[tuple[Program, View]]


def shown(programs: Looking, longitude: float, latitude: float, zoom: int) -> Callable[[Program], Program]:
    """Add a program to others, with where its map looks."""

    def add(program: Program) -> Program:
        programs.append((program, View(longitude, latitude, zoom)))
        return program

    return add


def run(program: Program, view: View, value_of: Callable[[Any], Any]) -> None:
    """Compute all that a program yields; of its layers something must be seen."""
    drawn = []
    for wanted in program():
        found = value_of(wanted)
        assert describe(found) is not None
        if isinstance(found, Image):
            sampler = Sampler(view.grid)
            seen = [bool((sampler(band).mask > 0).any()) for band in found.bands]
            drawn += seen if found.names[0].startswith("vis-") else []
    assert any(drawn) or not drawn


def layer(image: Any, bands: Any = None, low: float = 0, high: float = 1, **more: Any) -> Any:
    return ee.Image(image).visualize(bands, min=low, max=high, **more)
