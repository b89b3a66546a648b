"""Arrays: parts of them, decompositions, and bits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..numerics.eigen import symmetric_eigen
from ..numerics.matrices import lower_upper
from ..numerics.schur import general_eigen
from ..reducers.statistics import SUM
from ..request_limits import check_time
from ..values.array import SIZE, Array

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from ..reducers.reduce import Reducer

NEARLY = 1e-8
"""How far the halves of a symmetric matrix may be apart, relative to its largest element: that of EJML."""


@algorithm("Array.cut")
def cut(array: Array, position: list[int]) -> Array:
    shape = array.values.shape
    if len(position) != len(shape) or not all(-1 <= at < length for at, length in zip(position, shape, strict=True)):
        raise EarthError(f"Array.cut: The position {position} does not fit an array of shape {list(shape)}.")
    return Array(array.values[tuple(slice(None) if at == -1 else slice(at, at + 1) for at in position)])


@algorithm("Array.mask")
def mask(input_: Array, mask_: Array) -> Array:
    """Along each axis of the mask that has several elements those that are not zero stay; it may have one such axis."""
    values, flags = input_.values, mask_.values
    long = [axis for axis, length in enumerate(flags.shape) if length > 1]
    axis = long[0] if long else 0
    if len(long) > 1 or not flags.ndim or axis >= values.ndim or flags.shape[axis] not in (1, values.shape[axis]):
        raise EarthError(f"Array.mask: A mask of shape {flags.shape} does not fit an array of shape {values.shape}.")
    kept = np.broadcast_to(flags.reshape(-1) != 0, values.shape[axis])
    return Array(np.compress(kept, values, axis))


@algorithm("Array.pad")
def pad(array: Array, lengths: list[int], pad_: float) -> Array:
    shape = array.values.shape
    if len(lengths) != len(shape):
        raise EarthError(f"Array.pad: There are {len(lengths)} lengths for {len(shape)} axes.")
    new_shape = [max(length, have) for length, have in zip(lengths, shape, strict=True)]
    if np.prod(new_shape, dtype=np.float64) > SIZE:
        raise EarthError(f"Array.pad: The array would be larger than {SIZE} elements.")
    values = array.values if isinstance(pad_, int) and abs(pad_) < 2**63 else array.values.astype(np.float64)
    widths = [(0, length - have) for length, have in zip(new_shape, shape, strict=True)]
    return Array(np.pad(values, widths, constant_values=pad_) if widths else values)


@algorithm("Array.accum")
def accum(array: Array, axis: int, reducer: Reducer | None) -> Array:
    values, used = array.values, SUM if reducer is None else reducer
    if not 0 <= axis < values.ndim or used.inputs != 1 or len(used.outputs) != 1:
        raise EarthError(f"Array.accum: Need an axis of the array and a reducer of one output; got axis {axis}.")
    moved = np.moveaxis(values, axis, 0)
    parts = []
    for length in range(1, len(moved) + 1):
        check_time()
        (pixels,) = used.stack([moved[:length]], [np.ones(moved[:length].shape)]).values()
        parts.append(np.asarray(pixels.values))
    found = np.moveaxis(np.stack(parts), 0, axis) if parts else values
    return Array(found.astype(np.float64 if found.dtype.kind == "f" else np.int64))


@algorithm("Array.bitsToArray")
def bits_to_array(number: float) -> Array:
    """The lowest bit first; a negative number has the 64 bits of its complement on two."""
    if not -(2**63) <= number < 2**63 or number != int(number):
        raise EarthError(f"Array.bitsToArray: The number must be an integer of 64 bits, got {number}.")
    return Array(np.array([int(bit) for bit in reversed(f"{int(number) % 2**64:b}")], np.int64))


@algorithm("Array.eigen")
def eigen(array: Array) -> Array:
    """The larger eigenvalue first; of equal ones, the one that is found first."""
    matrix = _matrix(array, "eigen", square=True)
    try:
        values, vectors = (symmetric_eigen if _symmetric(matrix) else general_eigen)(matrix)
    except np.linalg.LinAlgError as error:
        raise EarthError(f"Array.eigen: {error}.") from error
    return Array(np.column_stack([values, vectors])[np.argsort(-values, kind="stable")])


def _symmetric(matrix: npt.NDArray[np.float64]) -> bool:
    """By the rule of EJML, by which zeros alone are not symmetric: the samples of the reference show that."""
    largest = np.abs(matrix).max()
    return bool(largest) and bool((np.abs(matrix - matrix.T) <= NEARLY * largest).all())


@algorithm("Array.matrixCholeskyDecomposition")
def cholesky(array: Array) -> dict[str, Array]:
    values = _matrix(array, "matrixCholeskyDecomposition", square=True)
    return {"L": _check(lambda: np.linalg.cholesky(values), "matrixCholeskyDecomposition")}


@algorithm("Array.matrixLUDecomposition")
def lu(array: Array) -> dict[str, Array]:
    found = lower_upper(_matrix(array, "matrixLUDecomposition", square=True)[np.newaxis])
    return {name: Array(part[0]) for name, part in zip("LUP", found, strict=True)}


@algorithm("Array.matrixQRDecomposition")
def qr(array: Array) -> dict[str, Array]:
    values = _matrix(array, "matrixQRDecomposition")
    found = np.linalg.qr(values, "complete")
    return {"Q": Array(found[0]), "R": Array(found[1])}


@algorithm("Array.matrixSingularValueDecomposition")
def svd(array: Array) -> dict[str, Array]:
    values = _matrix(array, "matrixSingularValueDecomposition")
    left, sizes, right = np.linalg.svd(values)
    middle = np.zeros(values.shape)
    np.fill_diagonal(middle, sizes)
    return {"U": Array(left), "S": Array(middle), "V": Array(right.T)}


def _matrix(array: Array, name: str, *, square: bool = False) -> npt.NDArray[np.float64]:
    values = array.values.astype(np.float64)
    if values.ndim != 2 or not values.size or (square and values.shape[0] != values.shape[1]):
        raise EarthError(f"Array.{name}: Need a {'square ' * square}matrix, got the shape {list(values.shape)}.")
    if max(values.shape) ** 2 > SIZE:
        raise EarthError(f"Array.{name}: A matrix of the shape {list(values.shape)} is too large to be taken apart.")
    if not np.isfinite(values).all():
        raise EarthError(f"Array.{name}: The matrix must be finite.")
    return values


def _check(compute: Callable[[], Any], name: str) -> Array:
    try:
        return Array(compute())
    except np.linalg.LinAlgError as error:
        raise EarthError(f"Array.{name}: {error}.") from error
