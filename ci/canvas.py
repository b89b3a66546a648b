"""The few marks that the pictures of the pages are made of, in one visual language, as SVG."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from affine import Affine

Point = tuple[float, float]

_STYLE = """\
    .back { fill: #f1f5f9 }
    .name { font-size: 16px; font-weight: 600; fill: #1e293b }
    .note { font-size: 12.5px; fill: #475569 }
    .cell { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 13px; fill: #1e293b }
    .code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 11.5px; fill: #0f766e }
    .line { stroke: #94a3b8; stroke-width: 2; fill: none }
    .mesh { stroke: #cbd5e1; stroke-width: 1; fill: none }
    .land { fill: #ffffff; stroke: #94a3b8; stroke-width: 1.2 }
    .blue { fill: #bae6fd; stroke: #0284c7; stroke-width: 1.2 }
    .teal { fill: #ccfbf1; stroke: #0d9488; stroke-width: 1.2 }
    .share { fill: #0d9488; stroke: none }
    .violet { fill: #ede9fe; stroke: #6d28d9; stroke-width: 1.2 }
    .off { fill: #fed7aa; stroke: #ea580c; stroke-width: 1.2 }
    .rim-teal { fill: none; stroke: #0d9488; stroke-width: 2.2 }
    .rim-violet { fill: none; stroke: #6d28d9; stroke-width: 2.2 }
    .ask { fill: none; stroke: #ea580c; stroke-width: 2; stroke-dasharray: 6 4 }
    .corner { fill: #ea580c }
    .centre { fill: #6d28d9 }"""
"""Colours that stand for one thing each: white is the source's lattice, teal what is right, orange what is asked for or
goes wrong, violet the pixel that you get, with its centre."""

_TIP = (
    '    <marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
    'orient="auto-start-reverse"><path d="M0 0 8 4 0 8z" fill="#94a3b8"/></marker>'
)
_FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"


class Canvas:
    """A picture that grows by marks, later ones on top.

    Parameters
    ----------
    width, height : int
        In pixels of the screen, from the upper left corner, as every position is.
    label : str
        What the picture shows, for those who do not see it.
    """

    def __init__(self, width: int, height: int, label: str) -> None:
        self._size = width, height
        self._label = label
        self._marks: list[str] = []

    def box(self, kind: str, x: float, y: float, width: float, height: float, opacity: float = 1) -> None:
        """A rectangle by its upper left corner."""
        see_through = "" if opacity == 1 else f' fill-opacity="{_number(opacity, 2)}"'
        place = " ".join(
            f'{name}="{_number(value)}"' for name, value in (("x", x), ("y", y), ("width", width), ("height", height))
        )
        self._marks.append(f'<rect class="{kind}" {place}{see_through}/>')

    def cells(self, kind: str, x: float, y: float, side: float, rows: int, columns: int) -> None:
        """A lattice of square pixels."""
        for row in range(rows):
            for column in range(columns):
                self.box(kind, x + column * side, y + row * side, side, side)

    def lattice(self, kind: str, transform: Affine, rows: int, columns: int) -> None:
        """A lattice of pixels of any shape, by the transform from (column, row) to the picture."""
        for row in range(rows):
            for column in range(columns):
                around = ((column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1))
                self.area(kind, [transform @ corner for corner in around])

    def area(self, kind: str, points: Iterable[Point]) -> None:
        """A polygon."""
        self._marks.append(f'<path class="{kind}" d="{_path(points)}z"/>')

    def line(self, kind: str, points: Iterable[Point]) -> None:
        """A polyline."""
        self._marks.append(f'<path class="{kind}" d="{_path(points)}" style="fill:none"/>')

    def arrow(self, start: Point, end: Point, *, both: bool = False) -> None:
        """A line with a tip at its end, or at either."""
        tips = ' marker-start="url(#tip)"' if both else ""
        self._marks.append(f'<path class="line" d="{_path([start, end])}"{tips} marker-end="url(#tip)"/>')

    def dot(self, kind: str, x: float, y: float, radius: float = 3) -> None:
        """A disc."""
        self._marks.append(f'<circle class="{kind}" cx="{_number(x)}" cy="{_number(y)}" r="{_number(radius)}"/>')

    def text(self, kind: str, x: float, y: float, *lines: str, anchor: str = "middle") -> None:
        """Lines of text, the first with its baseline at y."""
        for number, line in enumerate(lines):
            place = f'x="{_number(x)}" y="{_number(y + 16 * number)}" text-anchor="{anchor}"'
            self._marks.append(f'<text class="{kind}" {place}>{escape(line, quote=False)}</text>')

    def svg(self) -> str:
        """The picture, on a card of its own, so that it reads on white and on dark pages."""
        width, height = self._size
        marks = "\n".join(f"  {mark}" for mark in self._marks)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
            f'aria-label="{escape(self._label)}" font-family="{_FONT}">\n'
            f"  <style>\n{_STYLE}\n  </style>\n  <defs>\n{_TIP}\n  </defs>\n"
            f'  <rect class="back" x="0" y="0" width="{width}" height="{height}" rx="14"/>\n{marks}\n</svg>\n'
        )


def _path(points: Iterable[Point]) -> str:
    return "M" + "L".join(f"{_number(x)} {_number(y)}" for x, y in points)


def _number(value: float, digits: int = 1) -> str:
    """A number as short as it goes; a tenth of a pixel is finer than the eye."""
    return f"{round(float(value), digits) + 0.0:g}"
