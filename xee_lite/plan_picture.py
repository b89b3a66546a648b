"""A plan of requests as a picture: where on the grid they lie, and at which images. Inline SVG without scripts."""

from __future__ import annotations

import html
from collections import Counter
from typing import TYPE_CHECKING

from .planning.sizes import human_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .read_plan import PlannedRequest

LATENCIES = (0.5, 5.0)
"""Seconds that a request may take, for the expected time: examples of stored pixels and of a computation."""

_WIDTH, _HEIGHT, _TOP = 250, 170, 22
"""Sides of a panel in CSS pixels, and the height of the line above it; chosen: two fit beside each other."""

_MAX_SHAPES = 200
"""Rectangles in a panel; chosen: in 250 pixels more can not be told apart, and a notebook keeps each as text."""

_OUTLINED = 60
"""Rectangles in a panel up to which outlines are drawn; chosen: about 4 pixels are left for each side by side."""


def plan_picture(sentence: str, requests: Sequence[PlannedRequest], seconds: Sequence[tuple[float, float]]) -> str:
    """Draw a plan.

    Parameters
    ----------
    sentence : str
        The plan in words.
    requests : sequence of PlannedRequest
    seconds : sequence of (latency, seconds)
        How long the read takes at least, if each request takes so long.

    Returns
    -------
    str
        HTML: the sentence, and beside each other the windows of the grid, darker where more bytes are asked for, and
        the bytes by image (in the order of the time axis).
    """
    if not requests:
        return f"<p>{html.escape(sentence)}</p>"
    times = ", ".join(f"{total:.3g} s if each takes {latency:g} s" for latency, total in seconds)
    panels = _grid_panel(requests) + _time_panel(requests)
    return (
        f"<div><p>{html.escape(sentence)}; at least {html.escape(times)}</p>"
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{2 * _WIDTH + 40}" height="{_HEIGHT + 2 * _TOP}" '
        f'font-family="sans-serif" font-size="11" fill="currentColor">{panels}</svg></div>'
    )


def _grid_panel(requests: Sequence[PlannedRequest]) -> str:
    """The windows on the grid, from the first to the last pixel that is read, all in one scale."""
    bytes_of: Counter[tuple[int, int, int, int]] = Counter()
    for planned in requests:
        window = planned.request.window
        bytes_of[window.row, window.col, window.height, window.width] += planned.bytes
    top, left = min(key[0] for key in bytes_of), min(key[1] for key in bytes_of)
    height = max(row + size for row, _, size, _ in bytes_of) - top
    width = max(col + size for _, col, _, size in bytes_of) - left
    scale = min(_WIDTH / width, _HEIGHT / height)
    largest = max(bytes_of.values())
    shown = list(bytes_of.items())[:: -(-len(bytes_of) // _MAX_SHAPES)]
    shapes = [
        _rectangle(
            (col - left) * scale, (row - top) * scale, down * scale, right * scale, 0.15 + 0.7 * size / largest,
            f"rows {row} to {row + down - 1}, columns {col} to {col + right - 1}: {human_bytes(size)}",
        )
        for (row, col, down, right), size in shown
    ]  # fmt: skip
    title = f"{_many(len(bytes_of), 'window')} within {height} x {width} pixels"
    note = "" if len(shapes) == len(bytes_of) else f" ({len(shapes)} drawn)"
    return _panel(0, title + note, width * scale, height * scale, shapes)


def _time_panel(requests: Sequence[PlannedRequest]) -> str:
    """The bytes by image: each image of a request gets an equal share of its bytes."""
    bytes_of: Counter[int] = Counter()
    for planned in requests:
        for item in planned.request.items:
            bytes_of[item] += planned.bytes // len(planned.request.items)
    first = min(bytes_of)
    count = max(bytes_of) - first + 1
    each = -(-count // _MAX_SHAPES)
    bars: Counter[int] = Counter()
    for item, size in bytes_of.items():
        bars[(item - first) // each] += size
    bar_width, largest = _WIDTH / (-(-count // each)), max(bars.values())
    shapes = [
        _rectangle(
            number * bar_width, _HEIGHT * (1 - size / largest), _HEIGHT * size / largest, bar_width, 0.6,
            f"image {first + number * each}{f' and the next {each - 1}' if each > 1 else ''}: {human_bytes(size)}",
        )
        for number, size in sorted(bars.items())
    ]  # fmt: skip
    title = f"bytes of {_many(len(bytes_of), 'image')}, at most {human_bytes(largest)}"
    return _panel(_WIDTH + 40, title if each == 1 else f"{title} in {each}", _WIDTH, _HEIGHT, shapes)


def _panel(left: int, title: str, width: float, height: float, shapes: list[str]) -> str:
    outline = 0.5 if len(shapes) <= _OUTLINED else 0
    return (
        f'<g transform="translate({left},0)"><text y="14">{html.escape(title)}</text>'
        f'<g transform="translate(0,{_TOP})">'
        f'<rect width="{width:.1f}" height="{height:.1f}" fill="none" stroke="currentColor" stroke-opacity=".3"/>'
        f'<g fill="#4c78a8" stroke="currentColor" stroke-width="{outline}">{"".join(shapes)}</g></g></g>'
    )


def _rectangle(x: float, y: float, height: float, width: float, opacity: float, title: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}" height="{max(height, 0.5):.1f}" '
        f'fill-opacity="{opacity:.2f}"><title>{html.escape(title)}</title></rect>'
    )


def _many(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count} {noun}s"
