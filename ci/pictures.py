"""Draw the pictures of docs/grids.md, by python -m ci.pictures.

Every place in them is computed from the numbers of the page's own examples.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt
from affine import Affine
from pyproj import Transformer

from ci.canvas import Canvas, Point

Floats = npt.NDArray[np.float64]

IMAGES = Path(__file__).parents[1] / "docs" / "images"

LANDSAT = Affine(30, 0, 508065, 0, -30, 4826925)
"""The part of a Landsat scene's grid that the page opens: its corner is 15 modulo 30."""
VALUES = ((1, 3, 8, 6), (5, 7, 4, 2), (9, 9, 0, 3), (6, 8, 1, 4))
"""The small image whose pixels the page resamples."""
OFFSET = 0.3
"""Where its resampled pixel starts, in pixels of the image, right of and below the corner; it is two of them wide."""
USA = (-124.7, 24.5, -66.9, 49.4)
ACROSS = (150, -30, 210, 30)


def pixel() -> Canvas:
    """Outer corner, size, centre."""
    canvas = Canvas(700, 262, "A pixel is an area: the transform names its outer corner, x and y name its centre")
    left, top, side = 118, 56, 54
    canvas.cells("land", left, top, side, 3, 4)
    canvas.box("violet", left, top, side, side)
    for row in range(3):
        canvas.text(
            "code", left - 10, top + (row + 0.5) * side + 4, f"{(LANDSAT @ (0, row + 0.5))[1]:.0f}", anchor="end"
        )
        for column in range(4):
            canvas.dot("centre", left + (column + 0.5) * side, top + (row + 0.5) * side)
    for column in range(4):
        canvas.text(
            "code", left + (column + 0.5) * side, top + 3 * side + 18, f"{(LANDSAT @ (column + 0.5, 0))[0]:.0f}"
        )
    canvas.text("name", left - 35, top + 3 * side + 18, "y")
    canvas.text("name", left + 4.25 * side, top + 3 * side + 18, "x")
    canvas.arrow((left + side, top - 12), (left + 2 * side, top - 12), both=True)
    canvas.text("note", left + 1.5 * side, top - 20, "30 m")
    canvas.dot("corner", left, top, 5)

    canvas.dot("corner", 412, 66, 5)
    canvas.text("name", 430, 72, "outer corner", anchor="start")
    canvas.text("code", 430, 91, f"c, f = {LANDSAT.c:.0f}, {LANDSAT.f:.0f}", anchor="start")
    canvas.box("violet", 404, 120, 16, 16)
    canvas.text("name", 430, 134, "a pixel is an area", anchor="start")
    canvas.text("code", 430, 153, f"a, e = {LANDSAT.a:.0f}, {LANDSAT.e:.0f}", anchor="start")
    canvas.dot("centre", 412, 190)
    canvas.text("name", 430, 196, "its centre", anchor="start")
    x, y = LANDSAT @ (0.5, 0.5)
    canvas.text("code", 430, 215, f"x[0], y[0] = {x:.0f}, {y:.0f}", anchor="start")
    return canvas


def lattice() -> Canvas:
    """A region on the source's lattice, and on multiples of the pixel size."""
    canvas = Canvas(
        700, 330, "A box snapped to the source's own lattice, and one on multiples of 30 m, half a pixel off"
    )
    side, region = 44.0, (1.3, 0.6, 4.2, 2.7)
    for left, shift, kind, name, notes in (
        (44, 0.0, "teal", "on the source's lattice", ("each pixel is one of the source:", "its value, untouched")),
        (
            392,
            LANDSAT.c % 30 / 30,
            "off",
            "on multiples of 30 m",
            ("each centre is where four pixels", "meet: half a pixel off"),
        ),
    ):
        top = 40
        canvas.cells("land", left, top, side, 4, 6)
        first = [math.floor(edge - shift) + shift for edge in region[:2]]
        last = [math.ceil(edge - shift) + shift for edge in region[2:]]
        columns, rows = (round(end - start) for start, end in zip(first, last, strict=True))
        x, y = left + first[0] * side, top + first[1] * side
        canvas.box(kind, x, y, columns * side, rows * side, 0.6)
        place = Affine(side, 0, x, 0, side, y)
        for column in range(columns + 1):
            canvas.line(kind, [place @ (column, 0), place @ (column, rows)])
        for row in range(rows + 1):
            canvas.line(kind, [place @ (0, row), place @ (columns, row)])
        for row in range(rows):
            for column in range(columns):
                canvas.dot("centre", *(place @ (column + 0.5, row + 0.5)))
        west, north, east, south = (edge * side for edge in region)
        canvas.box("ask", left + west, top + north, east - west, south - north)
        for column in (0, columns):
            edge = (LANDSAT @ (first[0] + column, 0))[0]
            canvas.line("line", [(x + column * side, top + 4 * side), (x + column * side, top + 4 * side + 8)])
            canvas.text("code", x + column * side, top + 4 * side + 22, f"{edge:.0f}")
        canvas.text("name", left + 3 * side, top + 4 * side + 56, name)
        canvas.text("note", left + 3 * side, top + 4 * side + 76, *notes)
    return canvas


def values() -> Canvas:
    """One pixel of a coarser grid, by three rules, and the means of whole blocks."""
    canvas = Canvas(
        890, 262, "The value of a larger pixel: the nearest, an interpolation, a mean by area, means of blocks"
    )
    side, top, image = 34.0, 34.0, np.array(VALUES, dtype=float)
    centre = OFFSET + 1
    linear = np.clip(1 - abs(np.arange(4) + 0.5 - centre), 0, 1)
    covered = np.clip(np.minimum(np.arange(4) + 1, OFFSET + 2) - np.maximum(np.arange(4), OFFSET), 0, 1) / 2
    nearest = (np.arange(4) == math.floor(centre)).astype(float)
    rules = (
        ("nearest", nearest, ("the pixel in which", "the centre falls")),
        ("bilinear", linear, ("between the four centres", "around the centre")),
        ("mean", covered, ("of all that is covered,", "by area")),
    )
    for number, (name, along, notes) in enumerate(rules):
        left = 52 + 210 * number
        weights = np.outer(along, along)
        for (row, column), value in np.ndenumerate(image):
            x, y = left + column * side, top + row * side
            canvas.box("land", x, y, side, side)
            if weights[row, column]:
                canvas.box(
                    "share", x + 1, y + 1, side - 2, side - 2, 0.08 + 0.52 * weights[row, column] / weights.max()
                )
            canvas.text("cell", x + side / 2, y + side / 2 + 5, f"{value:.0f}")
        canvas.box("rim-violet", left + OFFSET * side, top + OFFSET * side, 2 * side, 2 * side)
        canvas.dot("centre", left + centre * side, top + centre * side, 3.5)
        result = f"{(weights * image).sum():.2f}".rstrip("0").rstrip(".")
        canvas.text("name", left + 2 * side, top + 4 * side + 30, f"{name}: {result}")
        canvas.text("note", left + 2 * side, top + 4 * side + 51, *notes)
    left = 52 + 210 * 3
    for (row, column), mean in np.ndenumerate(image.reshape(2, 2, 2, 2).mean(axis=(1, 3))):
        x, y = left + 2 * column * side, top + 2 * row * side
        canvas.box("violet", x, y, 2 * side, 2 * side)
        canvas.text("name", x + side, y + side + 1, f"{mean:g}")
        block = image[2 * row : 2 * row + 2, 2 * column : 2 * column + 2].ravel()
        canvas.text("note", x + side, y + side + 20, " ".join(f"{value:.0f}" for value in block))
    canvas.text("name", left + 2 * side, top + 4 * side + 30, "mean, on blocks")
    canvas.text("note", left + 2 * side, top + 4 * side + 51, "twice the source's pixel,", "from its own corner")
    return canvas


def edges() -> Canvas:
    """A box of degrees in an Albers projection, its bounds, and the bounds of its corners alone."""
    albers = Transformer.from_crs("EPSG:4326", "EPSG:5070", always_xy=True)
    west, south, east, north = USA
    lon, lat = np.linspace(west, east, 49), np.array([south, north])

    def track(longitudes: npt.ArrayLike, latitudes: npt.ArrayLike) -> Floats:
        shape = np.broadcast_arrays(longitudes, latitudes)
        return np.stack(albers.transform(*shape), axis=1)

    around = np.concatenate([track(lon, south), track(east, lat), track(lon[::-1], north), track(west, lat[::-1])])
    corners = track(np.array([west, east, east, west]), np.array([south, south, north, north]))
    (left, bottom), (right, top) = around.min(axis=0), around.max(axis=0)
    scale = 470 / (right - left)
    place = Affine(scale, 0, 28 - left * scale, 0, -scale, 28 + top * scale)

    def drawn(points: Floats) -> list[Point]:
        return [place @ (float(x), float(y)) for x, y in points]

    canvas = Canvas(700, 308, "A box of degrees is bent in Albers: the bounds of its corners alone cut its south off")
    canvas.area("land", drawn(around))
    for meridian in range(-120, -69, 10):
        canvas.line("mesh", drawn(track(meridian, lat)))
    for parallel in range(30, 46, 5):
        canvas.line("mesh", drawn(track(lon, parallel)))
    low = corners[:, 1].min()
    cut = track(lon, south)
    canvas.area("off", drawn(cut[cut[:, 1] <= low]))
    canvas.area("ask", drawn(_rectangle(corners)))
    canvas.area("rim-teal", drawn(_rectangle(around)))
    for corner in drawn(corners):
        canvas.dot("corner", *corner, 4)
    rows = math.floor(low / 1000) - math.floor(bottom / 1000)
    middle = place @ (0, float(low + bottom) / 2)
    canvas.text("note", middle[0] + 8, middle[1] + 1, f"{rows} rows")

    canvas.line("rim-teal", [(514, 62), (538, 62)])
    canvas.text("name", 548, 67, "what you get", anchor="start")
    canvas.text("note", 548, 86, "bounds of the edges", anchor="start")
    canvas.line("ask", [(514, 130), (538, 130)])
    canvas.text("name", 548, 135, "corners only", anchor="start")
    canvas.text("note", 548, 154, "what lies below", "is cut off", anchor="start")
    canvas.text("code", 514, 214, "EPSG:5070", anchor="start")
    canvas.text("code", 514, 231, "bbox=", anchor="start")
    canvas.text("code", 514, 248, f" ({west}, {south},", f"  {east}, {north})", anchor="start")
    return canvas


def _rectangle(points: Floats) -> Floats:
    """The corners of the bounds of points, shape (4, 2)."""
    (left, bottom), (right, top) = points.min(axis=0), points.max(axis=0)
    return np.array([(left, bottom), (right, bottom), (right, top), (left, top)])


def resolutions() -> Canvas:
    """Sixty metres of ground in bands of three resolutions, and what one pixel of the finest has from each."""
    canvas = Canvas(
        700, 256, "Bands of 10, 20 and 60 m share a corner; on the finest grid the coarser ones are repeated"
    )
    side, place = 144.0, (3.5, 2.5)
    for left, band, metres, note in (
        (56, "B4", 10, "its own pixel"),
        (278, "B11", 20, "the one its centre falls in"),
        (500, "B1", 60, "the one its centre falls in"),
    ):
        count, top, fine = 60 // metres, 34.0, side / 6
        pixel = side / count
        canvas.cells("land", left, top, pixel, count, count)
        column, row = (int(10 * centre) // metres for centre in place)
        canvas.box("teal", left + column * pixel, top + row * pixel, pixel, pixel)
        canvas.box("rim-violet", left + (place[0] - 0.5) * fine, top + (place[1] - 0.5) * fine, fine, fine)
        canvas.dot("centre", left + place[0] * fine, top + place[1] * fine)
        canvas.dot("corner", left, top, 4.5)
        canvas.text("name", left + side / 2, 208, f"{band}: {metres} m")
        canvas.text("note", left + side / 2, 229, note)
    return canvas


def around() -> Canvas:
    """A box across the antimeridian in degrees and in Web Mercator, and a cap around the pole."""
    canvas = Canvas(
        890, 350, "Across the antimeridian x runs on; Web Mercator is torn there; a pole lies inside its cap"
    )
    west, south, east, north = ACROSS
    left, top, side = 56, 48, 48
    for column in range(4):
        kind = "blue" if west + 15 * column < 180 else "violet"
        canvas.cells(kind, left + column * side, top, side, 4, 1)
        centre = west + 15 * (column + 0.5)
        canvas.text("code", left + (column + 0.5) * side, top + 4 * side + 17, f"{centre:g}")
        if centre > 180:
            canvas.text("code", left + (column + 0.5) * side, top + 4 * side + 33, f"{centre - 360:g}")
    canvas.line("ask", [(left + 2 * side, top - 12), (left + 2 * side, top + 4 * side + 24)])
    canvas.text("note", left + 2 * side, top - 18, "180")
    canvas.text("name", left + 2 * side, top + 4 * side + 56, "degrees: x runs on")
    canvas.text("note", left + 2 * side, top + 4 * side + 77, "asked for in two, either", "by longitudes within 180")

    wide, half = 250.0, 100.0
    x0, y0, edge = 318.0, top + 96.0, math.pi
    mercator = [math.log(math.tan(math.pi / 4 + math.radians(parallel) / 2)) for parallel in (south, north)]
    scale = wide / (2 * edge)
    canvas.box("land", x0, y0 - half * 0.96, wide, half * 1.92)
    for meridian in range(-150, 180, 30):
        x = x0 + wide * (meridian + 180) / 360
        canvas.line("mesh", [(x, y0 - half * 0.96), (x, y0 + half * 0.96)])
    low, high = y0 - mercator[0] * scale, y0 - mercator[1] * scale
    for first, last in ((west, 180), (-180, east - 360)):
        canvas.box("off", x0 + wide * (first + 180) / 360, high, wide * (last - first) / 360, low - high)
    canvas.text("note", x0, top - 18 + 8, "-180", anchor="start")
    canvas.text("note", x0 + wide, top - 18 + 8, "180", anchor="end")
    canvas.text("name", x0 + wide / 2, top + 4 * side + 56, "EPSG:3857: torn")
    canvas.text("note", x0 + wide / 2, top + 4 * side + 77, "no one rectangle shows both", "ends of the map: an error")

    polar = Transformer.from_crs("EPSG:4326", "EPSG:3413", always_xy=True)
    turn = np.linspace(-180, 180, 73)
    rim = np.stack(polar.transform(turn, np.full_like(turn, 60)), axis=1)
    reach = math.ceil(np.hypot(*rim.T).max() / 25000) * 25000
    size = 4 * side / (2 * reach)
    place = Affine(size, 0, 642 + reach * size, 0, -size, top + reach * size)
    canvas.box("teal", 642, top, 4 * side, 4 * side)
    canvas.area("land", [place @ (float(x), float(y)) for x, y in rim])
    for parallel in (70, 80):
        ring = np.stack(polar.transform(turn, np.full_like(turn, parallel)), axis=1)
        canvas.line("mesh", [place @ (float(x), float(y)) for x, y in ring])
    for meridian in range(-180, 180, 30):
        ends = zip(*polar.transform([meridian] * 2, [60, 90]), strict=True)
        canvas.line("ask" if meridian == -180 else "mesh", [place @ end for end in ends])
    canvas.dot("centre", *(place @ (0, 0)), 4)
    canvas.text("name", 642 + 2 * side, top + 4 * side + 56, "EPSG:3413: whole")
    canvas.text(
        "note", 642 + 2 * side, top + 4 * side + 77, "around the pole, 180 degrees", "is a meridian like any other"
    )
    return canvas


def directions() -> Canvas:
    """The way that rows and columns take: north up, south up, sheared."""
    canvas = Canvas(700, 256, "The first pixel of grids that are north up, south up and sheared")
    for left, transform, name, code in (
        (52, Affine(46, 0, 0, 0, 46, 0), "north up", "(30, 0, c, 0, -30, f)"),
        (282, Affine(46, 0, 0, 0, -46, 138), "south up", "(30, 0, c, 0, 30, f)"),
        (512, Affine(40, 12, 0, 8, 34, 6), "sheared", "(a, b, c, d, e, f)"),
    ):
        place = Affine.translation(left, 36) @ transform
        canvas.lattice("land", place, 3, 3)
        canvas.area("violet", [place @ corner for corner in ((0, 0), (1, 0), (1, 1), (0, 1))])
        canvas.text("cell", *(place @ (0.5, 0.5) + np.array([0, 4])), "0, 0")
        canvas.arrow(place @ (1.1, 0.5), place @ (2.6, 0.5))
        canvas.arrow(place @ (0.5, 1.1), place @ (0.5, 2.6))
        canvas.text("note", *(place @ (2.8, 0.5) + np.array([0, 4])), "x")
        canvas.text("note", *(place @ (0.5, 2.8) + np.array([0, 4])), "y")
        canvas.dot("corner", *(place @ (0, 0)), 4.5)
        canvas.text("name", left + 69, 208, name)
        canvas.text("code", left + 69, 229, code)
    return canvas


PICTURES = {picture.__name__: picture for picture in (pixel, lattice, values, edges, resolutions, around, directions)}


if __name__ == "__main__":
    for name, picture in PICTURES.items():
        (IMAGES / f"{name}.svg").write_text(picture().svg(), "utf-8")
