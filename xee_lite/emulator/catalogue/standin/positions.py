"""Positions at which fields are computed: exactly, or linear between nodes.

On a grid of fine pixels most waves are many pixels long. A field's waves are given there at nodes, every n-th row and
column of the native grid counted from its first pixel, and are linear in rows and columns between them; n depends on
the wave alone. At the nodes they are rounded to a step that is a power of two. With the weights, which are whole parts
of n, every product and every sum is then exact in single precision: a pixel has one value, by whatever way and with
whatever other pixels it is computed.
"""

from __future__ import annotations

import math
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from .nodes import Nodes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .frame import Frame, Indices
    from .nodes import Bounds
    from .waves import Array

    Wave = tuple[float, Callable[[Array, Array], Array]]
    """How long it is in degrees, and its values at longitudes and latitudes."""

WIDEST = 16
"""Pixels between nodes, at most."""
NODES_A_WAVE = 7
"""At least, unless there are fewer pixels."""
PIXELS_A_WAVE = 4
"""At least: of shorter waves pixels would show the accidents of where they lie, and the mean over a pixel is near 0."""
STEPS = 2.0**-15
"""Of the most that a field reaches: what it is rounded to at the nodes. With 8 bits of weights that fits."""
DEGREE_STEP = 2.0**-36
"""Degrees, a thousandth of a millimetre: the same in double precision."""
ACROSS = 2048
"""Columns of a block, at most: few parcels of land lie in it."""
UNKNOWN = (-math.inf, math.inf)
STRIP = 2**20
"""Pixels whose nodes are computed together."""
AT_ONCE = 2**14
"""Nodes that are computed at once: temporary arrays are then small enough to be used again."""
FEW = 16
"""Pixels of a window up to which they are faster computed one by one."""
BLOCK = 2**16
"""Pixels that fit the processor's cache with all that is made of them."""


class Positions(Protocol):
    """Where fields are asked for."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the fields."""
        ...

    @property
    def dtype(self) -> np.dtype[np.floating[Any]]:
        """Of the fields."""
        ...

    @property
    def longitude(self) -> Array:
        """Degrees, in double precision; broadcasts to the shape."""
        ...

    @property
    def latitude(self) -> Array:
        """As the longitude."""
        ...

    def total(self, name: str, waves: Sequence[Wave], max_value: float) -> Array:
        """The sum of some waves.

        Parameters
        ----------
        name : str
            Under which their nodes are kept: the same waves must come under the same name.
        waves : sequence of (length, function)
        max_value : float
            A power of two that the absolute sum stays below.
        """
        ...

    def bounds(self, name: str, waves: Sequence[Wave], max_value: float) -> Bounds:
        """What the sum of some waves lies between: cheap, and infinite where that is not known."""
        ...


class Exact:
    """Positions at which fields are computed by their formulas, in double precision.

    Parameters
    ----------
    longitude, latitude : ndarray
        Degrees; they broadcast against each other.
    """

    dtype = np.dtype(np.float64)

    def __init__(self, longitude: Array, latitude: Array) -> None:
        self.longitude, self.latitude = longitude, latitude
        self.shape = np.broadcast_shapes(longitude.shape, latitude.shape)

    def total(self, name: str, waves: Sequence[Wave], max_value: float) -> Array:  # noqa: ARG002 - nothing is kept or rounded
        """The sum of some waves; see `Positions.total`."""
        return _add_up(waves, self.longitude, self.latitude)

    def bounds(self, name: str, waves: Sequence[Wave], max_value: float) -> Bounds:  # noqa: ARG002 - they are not known
        """See `Positions.bounds`."""
        return UNKNOWN


class Strip:
    """A window of a frame of fine pixels: what its blocks share.

    Parameters
    ----------
    frame : Frame
    rows, cols : range
        Native indices.
    """

    def __init__(self, frame: Frame, rows: range, cols: range) -> None:
        self.frame, self.rows, self.cols = frame, rows, cols
        self._kept: dict[str, tuple[Nodes | None, list[Wave]]] = {}

    def nodes(self, name: str, waves: Sequence[Wave], max_value: float) -> tuple[Nodes | None, list[Wave]]:
        """The nodes of the sum of some waves, and the waves of which each pixel is a node."""
        found = self._kept.get(name)
        if found is None:
            by_step = dict(_by_step(waves, self.frame.pixel))
            each = by_step.pop(1, [])
            computed: Nodes | None = None
            # What is linear between wide nodes is so between narrow ones too: the sum has the narrowest.
            for step in reversed(by_step):
                computed = self._computed_nodes(by_step[step], step, max_value, computed)
            found = self._kept[name] = computed, each
        return found

    @cached_property
    def degrees(self) -> tuple[Nodes, Nodes]:
        """Longitude and latitude at the widest nodes, of a grid on which they are expensive."""
        rows, cols = (_nodes(indices, WIDEST) * WIDEST for indices in (self.rows, self.cols))
        longitude, latitude = _rounded_degrees(self.frame, rows[:, np.newaxis], cols)
        return Nodes(longitude, WIDEST, self.rows, self.cols), Nodes(latitude, WIDEST, self.rows, self.cols)

    def _computed_nodes(self, waves: Sequence[Wave], step: int, max_value: float, wider: Nodes | None) -> Nodes:
        rows, cols = (_nodes(indices, step) * step for indices in (self.rows, self.cols))
        values = np.empty((len(rows), len(cols)), np.float32)
        for some in _parts(range(len(rows)), max(AT_ONCE // len(cols), 1)):
            part = slice(some.start, some.stop)
            values[part] = _round_both(_add_up(waves, *self._degrees_at(rows[part], cols, step)), max_value)
            if wider is not None:
                values[part] += wider.spread(rows[part], cols, step)
        return Nodes(values, step, self.rows, self.cols)

    def _degrees_at(self, rows: Indices, cols: Indices, every: int) -> tuple[Array, Array]:
        if self.frame.is_curved:
            longitude, latitude = (axis.spread(rows, cols, every) for axis in self.degrees)
            return longitude, latitude
        return self.frame.degrees(rows[:, np.newaxis], cols[np.newaxis])


class Block:
    """Some rows of a strip; see `Positions`.

    Parameters
    ----------
    strip : Strip
    rows : range
    """

    dtype = np.dtype(np.float32)

    def __init__(self, strip: Strip, rows: range) -> None:
        self._strip = strip
        self._rows, self._cols = np.arange(rows.start, rows.stop), np.arange(strip.cols.start, strip.cols.stop)
        self.shape = len(rows), len(strip.cols)

    @property
    def longitude(self) -> Array:
        """Degrees."""
        return self._degrees[0]

    @property
    def latitude(self) -> Array:
        """Degrees."""
        return self._degrees[1]

    @cached_property
    def _degrees(self) -> tuple[Array, Array]:
        if self._strip.frame.is_curved:
            longitude, latitude = (nodes.spread(self._rows, self._cols) for nodes in self._strip.degrees)
            return longitude, latitude
        return self._strip.frame.degrees(self._rows[:, np.newaxis], self._cols[np.newaxis])

    def _each(self, waves: Sequence[Wave]) -> Array:
        """The sum of waves of which each pixel is a node."""
        out = np.empty(self.shape, self.dtype)
        for some in _parts(range(len(out)), max(AT_ONCE // out.shape[1], 1)):
            part = slice(some.start, some.stop)
            longitude, latitude = (axis[part if len(axis) > 1 else slice(None)] for axis in self._degrees)
            out[part] = _add_up(waves, longitude, latitude)
        return out

    def total(self, name: str, waves: Sequence[Wave], max_value: float) -> Array:
        """The sum of some waves; see `Positions.total`."""
        nodes, each = self._strip.nodes(name, waves, max_value)
        if nodes is None:
            return self._each(each) if each else np.zeros(self.shape, self.dtype)
        total = nodes.spread(self._rows, self._cols)
        if each:
            total += self._each(each)
        return total

    def bounds(self, name: str, waves: Sequence[Wave], max_value: float) -> Bounds:
        """What the nodes lie between; see `Positions.bounds`."""
        nodes, each = self._strip.nodes(name, waves, max_value)
        if each:
            return UNKNOWN
        return (0.0, 0.0) if nodes is None else nodes.bounds(self._rows)


class Scattered:
    """Pixels here and there in a frame of fine pixels; see `Positions`.

    Parameters
    ----------
    frame : Frame
    rows, cols : ndarray of int64, of one shape
        Native indices.
    """

    dtype = np.dtype(np.float32)

    def __init__(self, frame: Frame, rows: Indices, cols: Indices) -> None:
        self._frame, self._rows, self._cols = frame, rows, cols
        self.shape = rows.shape
        self._around: dict[int, tuple[Array, Array]] = {}
        if frame.is_curved:
            self._around[WIDEST] = _rounded_degrees(frame, *self._corners(WIDEST))
        self.longitude, self.latitude = self._degrees(rows, cols)

    def total(self, name: str, waves: Sequence[Wave], max_value: float) -> Array:  # noqa: ARG002 - nothing is kept
        """The sum of some waves; see `Positions.total`."""
        # From the widest nodes to none: those sums are exact, and what comes last is not.
        parts = [self._part(some, step, max_value) for step, some in _by_step(waves, self._frame.pixel)]
        return _add(reversed(parts)) if parts else np.zeros(self.shape, self.dtype)

    def bounds(self, name: str, waves: Sequence[Wave], max_value: float) -> Bounds:  # noqa: ARG002 - they are not known
        """See `Positions.bounds`."""
        return UNKNOWN

    def _part(self, waves: Sequence[Wave], step: int, max_value: float) -> Array:
        """The sum of waves whose nodes are the same."""
        if step == 1:
            return _add_up(waves, self.longitude, self.latitude).astype(self.dtype)
        if step not in self._around:
            self._around[step] = self._degrees(*self._corners(step))
        longitude, latitude = self._around[step]
        values = _round_both(_add_up(waves, longitude, latitude), max_value)
        return _bilinear(values, self._rows % step / step, self._cols % step / step)

    def _corners(self, step: int) -> tuple[Indices, Indices]:
        """Rows and columns of the nodes around each pixel: upper left and right, lower left and right."""
        above, left = self._rows // step * step, self._cols // step * step
        return np.stack([above, above, above + step, above + step]), np.stack([left, left + step, left, left + step])

    def _degrees(self, rows: Indices, cols: Indices) -> tuple[Array, Array]:
        if not self._frame.is_curved:
            return self._frame.degrees(rows, cols)
        # Nodes never lie beyond the corners.
        down, right = (
            (index - own // WIDEST * WIDEST) / WIDEST for index, own in ((rows, self._rows), (cols, self._cols))
        )
        longitude, latitude = (_bilinear(axis, down, right) for axis in self._around[WIDEST])
        return longitude, latitude


def blocks(frame: Frame, rows: range, cols: range) -> Iterator[tuple[range, range, Positions]]:
    """A window in blocks: the rows and columns of each."""
    if frame.is_fine and len(rows) * len(cols) <= FEW:
        yield rows, cols, Scattered(frame, *np.meshgrid(rows, cols, indexing="ij"))
        return
    for across in _parts(cols, ACROSS):
        max_value = max(BLOCK // len(across), 1)
        for down in _parts(rows, max(STRIP // len(across) // max_value, 1) * max_value):
            strip = Strip(frame, down, across)
            for some in _parts(down, max_value):
                yield some, across, Block(strip, some) if frame.is_fine else _exact(frame, some, across)


def _exact(frame: Frame, rows: range, cols: range) -> Positions:
    down, across = np.arange(rows.start, rows.stop), np.arange(cols.start, cols.stop)
    return Exact(*frame.degrees(down[:, np.newaxis], across[np.newaxis]))


def make_scattered(frame: Frame, rows: Indices, cols: Indices) -> Positions:
    """Pixels here and there; their indices are shaped (n,)."""
    return Scattered(frame, rows, cols) if frame.is_fine else Exact(*frame.degrees(rows, cols))


@lru_cache(maxsize=1024)
def node_step(length: float, pixel: float) -> int:
    """Pixels between the nodes of a wave: a power of two."""
    apart = min(length / NODES_A_WAVE / pixel, float(WIDEST))
    return 1 << max(math.floor(math.log2(apart)), 0)


def _parts(rows: range, max_value: int) -> Iterator[range]:
    for start in range(rows.start, rows.stop, max_value):
        yield range(start, min(start + max_value, rows.stop))


def _by_step(waves: Sequence[Wave], pixel: float) -> Iterator[tuple[int, list[Wave]]]:
    """Waves with the same nodes together, in the same order for every caller: single precision does not commute.

    Those that are too short to be seen are left out.
    """
    waves = [wave for wave in waves if wave[0] >= PIXELS_A_WAVE * pixel]
    steps = [node_step(length, pixel) for length, _ in waves]
    for step in sorted(set(steps)):
        yield step, [wave for wave, its in zip(waves, steps, strict=True) if its == step]


def _add_up(waves: Sequence[Wave], longitude: Array, latitude: Array) -> Array:
    (_, first), *others = waves
    total = first(longitude, latitude)
    for _, function in others:
        total = total + function(longitude, latitude)
    return total


def _add(parts: Iterator[Array]) -> Array:
    total = next(parts)
    for part in parts:
        total += part
    return total


def _nodes(indices: range, step: int) -> Indices:
    """Numbers of the nodes around some rows or columns."""
    return np.arange(indices.start // step, (indices.stop - 1) // step + 2)


def _round_both(values: Array, max_value: float) -> Array:
    quantum = max_value * STEPS
    return (np.rint(values / quantum) * quantum).astype(np.float32)


def _rounded_degrees(frame: Frame, rows: Indices, cols: Indices) -> tuple[Array, Array]:
    longitude, latitude = frame.degrees(*np.broadcast_arrays(rows, cols))
    return np.rint(longitude / DEGREE_STEP) * DEGREE_STEP, np.rint(latitude / DEGREE_STEP) * DEGREE_STEP


def _bilinear(corners: Array, down: Array, right: Array) -> Array:
    """Between values at upper left, upper right, lower left and lower right."""
    down, right = down.astype(corners.dtype), right.astype(corners.dtype)
    west = corners[0] * (1 - down) + corners[2] * down
    east = corners[1] * (1 - down) + corners[3] * down
    found: Array = west * (1 - right) + east * right
    return found
