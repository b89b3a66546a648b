"""Arrays."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import EarthError
from ..evaluator.registry import algorithm, signatures
from ..images.operators import BINARY, UNARY
from ..request_limits import spend
from ..values.array import SIZE, Array, check_size

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..reducers.reduce import Reducer
    from ..types import PixelType
    from ..value import Value

_REAL = frozenset({"divide", "pow", "atan2", "hypot", "gammainc"})
_RANGES = {
    "uint8": (0, 255),
    "byte": (0, 255),
    "int8": (-128, 127),
    "uint16": (0, 65535),
    "int16": (-32768, 32767),
    "short": (-32768, 32767),
    "uint32": (0, 2**32 - 1),
    "int32": (-(2**31), 2**31 - 1),
    "int": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "long": (-(2**63), 2**63 - 1),
}


def _make_checked(values: Any) -> Array:  # noqa: ANN401 - an array or a NumPy scalar
    """An array of 64-bit integers or doubles."""
    found = np.asarray(values)
    return Array(found.astype(np.float64 if found.dtype.kind == "f" else np.int64, copy=False))


def _check(where: str, compute: Callable[[], Any]) -> Array:
    """The array that a computation gives; what NumPy refuses becomes an error of the algorithm."""
    try:
        with np.errstate(all="ignore"):
            return _make_checked(compute())
    except (ValueError, IndexError, TypeError, OverflowError, np.linalg.LinAlgError) as error:
        raise EarthError(f"{where}: {error}.") from error


def _spellings(name: str) -> list[str]:
    snake = "first_nonzero" if name == "firstNonZero" else re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    return [f"Array.{spelling}" for spelling in {name, snake} if f"Array.{spelling}" in signatures()]


def _binary(name: str) -> Callable[[Array, Array], Array]:
    operator = BINARY[name]

    def function(left: Array, right: Array) -> Array:
        common = np.float64 if name in _REAL else np.result_type(left.values, right.values)
        dtype = np.int64 if operator.integral else common
        one, two = (np.asarray(side.values, dtype) for side in (left, right))
        if one.shape != two.shape and one.ndim and two.ndim:
            raise EarthError(f"Array.{name}: The arrays have different shapes: {one.shape} and {two.shape}.")
        return _check(f"Array.{name}", lambda: operator.function(one, two))

    return function


def _unary(name: str) -> Callable[[Array], Array]:
    operator = UNARY[name]
    return lambda array: _check(f"Array.{name}", lambda: operator.function(array.values))


def _cast(low: int, high: int) -> Callable[[Array], Array]:
    def cast(array: Array) -> Array:
        # To the nearest, by the sample of Array.byte in the service's reference.
        values = np.floor(array.values + 0.5) if array.values.dtype.kind == "f" else array.values
        # A double holds 2**63 and not 2**63 - 1: the largest integer is put in where the value reaches it.
        clipped = np.where(values >= high, high, np.clip(values, low, None).astype(np.int64))
        return Array(clipped.astype(np.int64))

    return cast


for _name in BINARY:
    algorithm(*_spellings(_name))(_binary(_name))
for _name in UNARY:
    algorithm(*_spellings(_name))(_unary(_name))
for _name, (_low, _high) in _RANGES.items():
    algorithm(f"Array.{_name}", f"Array.to{_name.capitalize()}")(_cast(_low, _high))


@algorithm("Array.double", "Array.toDouble")
def double(array: Array) -> Array:
    return Array(array.values.astype(np.float64))


@algorithm("Array.float", "Array.toFloat")
def float_(array: Array) -> Array:
    """With the precision of 32 bits."""
    with np.errstate(over="ignore"):
        return Array(array.values.astype(np.float32).astype(np.float64))


@algorithm("Array")
def array_(values: Value, type_: PixelType | None) -> Array:
    array = values if isinstance(values, Array) else Array.of(values)
    if type_ is None:
        return array
    if type_.precision == "int":
        low, high = _RANGES["int64"]
        return _cast(int(low if type_.min is None else type_.min), int(high if type_.max is None else type_.max))(array)
    return float_(array) if type_.precision == "float" else double(array)


@algorithm("Array.toList")
def to_list(array: Array) -> Value:
    spend(array.values.size)
    return array.values.tolist()


@algorithm("Array.get")
def get(array: Array, position: list[int]) -> float:
    where = "Array.get"
    if len(position) != array.values.ndim:
        raise EarthError(
            f"{where}: The array has {array.values.ndim} dimensions, but the position has {len(position)}."
        )
    found: float = _check(where, lambda: array.values[tuple(position)]).values.item()
    return found


@algorithm("Array.length")
def length(array: Array) -> Array:
    return _make_checked(array.values.shape)


@algorithm("Array.identity")
def identity(size: int) -> Array:
    if not 0 <= size <= math.isqrt(SIZE):
        raise EarthError(f"Array.identity: The size must be between 0 and {math.isqrt(SIZE)}; found {size}.")
    return _check("Array.identity", lambda: np.eye(size, dtype=np.int64))


@algorithm("Array.argmax")
def argmax(array: Array) -> list[int] | None:
    if not array.values.size:
        return None
    return [int(i) for i in np.unravel_index(array.values.argmax(), array.values.shape)]


@algorithm("Array.cat")
def cat(arrays: list[Array], axis: int) -> Array:
    check_size(sum(array.values.size for array in arrays))
    return _check("Array.cat", lambda: np.concatenate([array.lifted(axis) for array in arrays], axis=axis))


@algorithm("Array.slice")
def slice_(array: Array, axis: int, start: int, end: int | None, step: int) -> Array:
    where = "Array.slice"
    if step < 1 or not 0 <= axis < array.values.ndim:
        raise EarthError(f"{where}: Invalid step {step} or axis {axis} of {array.values.ndim} dimensions.")
    return _make_checked(array.values[(slice(None),) * axis + (slice(start, end, step),)])


@algorithm("Array.repeat")
def repeat(array: Array, axis: int, copies: int) -> Array:
    if not 0 < copies * max(array.values.size, 1) <= SIZE:
        raise EarthError(f"Array.repeat: {copies} copies do not make an array of 1 to {SIZE} elements.")
    return _check("Array.repeat", lambda: np.concatenate([array.lifted(axis)] * copies, axis=axis))


@algorithm("Array.reshape")
def reshape(array: Array, shape: Array) -> Array:
    return _check("Array.reshape", lambda: array.values.reshape([int(size) for size in shape.values]))


@algorithm("Array.transpose", "Array.matrixTranspose")
def transpose(array: Array, axis1: int, axis2: int) -> Array:
    values = array.lifted(max(axis1, axis2))
    return _check("Array.transpose", lambda: np.swapaxes(values, axis1, axis2))


@algorithm("Array.sort")
def sort(array: Array, keys: Array | None) -> Array:
    if array.values.ndim == 0:
        return array
    if keys is None:
        return _make_checked(np.sort(array.values, axis=-1))
    if keys.values.shape != array.values.shape:
        raise EarthError(f"Array.sort: The keys have another shape, {keys.values.shape}, than {array.values.shape}.")
    order = np.argsort(keys.values, axis=-1, kind="stable")
    return _make_checked(np.take_along_axis(array.values, order, axis=-1))


@algorithm("Array.project")
def project(array: Array, axes: list[int]) -> Array:
    dropped = tuple(axis for axis in range(array.values.ndim) if axis not in axes)
    order = sorted(axes)

    def compute() -> Any:  # noqa: ANN401 - an ndarray
        return np.transpose(np.squeeze(array.values, dropped), [order.index(axis) for axis in axes])

    return _check("Array.project", compute)


@algorithm("Array.reduce")
def reduce(array: Array, reducer: Reducer, axes: list[int], field_axis: int | None) -> Array:
    """Over some axes, whose lengths become 1; a field axis holds the inputs, and gets the outputs."""
    where, shape = "Array.reduce", array.values.shape
    if not axes or len(set(axes)) < len(axes) or not all(0 <= axis < len(shape) for axis in axes):
        raise EarthError(f"{where}: The axes {axes} are not axes of an array of {len(shape)} dimensions.")
    if field_axis is None and (reducer.inputs != 1 or len(reducer.outputs) != 1):
        raise EarthError(f"{where}: A reducer of several inputs or outputs needs a 'fieldAxis'.")
    if field_axis is not None and (field_axis in axes or not 0 <= field_axis < len(shape)):
        raise EarthError(f"{where}: The field axis {field_axis} is not another axis of an array of {len(shape)}.")
    fields = [array.values] if field_axis is None else np.split(array.values, shape[field_axis], field_axis)
    stacks = [np.moveaxis(field, axes, range(len(axes))) for field in fields]
    stacks = [stack.reshape(-1, *stack.shape[len(axes) :]) for stack in stacks]
    results = reducer.stack(stacks, [np.ones(stack.shape) for stack in stacks]).values()
    reduced = [np.expand_dims(pixels.values, tuple(axes)) for pixels in results]
    return _make_checked(np.concatenate(reduced, 0 if field_axis is None else field_axis))


@algorithm("Array.dotProduct")
def dot_product(left: Array, right: Array) -> float:
    where = "Array.dotProduct"
    if left.values.ndim != 1 or right.values.ndim != 1:
        raise EarthError(f"{where}: The arrays must have one dimension; found {left.values.ndim}, {right.values.ndim}.")
    found: float = _check(where, lambda: np.dot(left.values, right.values)).values.item()
    return found


@algorithm("Array.matrixMultiply")
def matrix_multiply(left: Array, right: Array) -> Array:
    if math.prod(left.values.shape[:-1]) * math.prod(right.values.shape[-1:]) > SIZE:
        raise EarthError(f"Array.matrixMultiply: The product would be larger than {SIZE} elements.")
    return _check("Array.matrixMultiply", lambda: left.values @ right.values)


@algorithm("Array.matrixInverse")
def matrix_inverse(array: Array) -> Array:
    return _check("Array.matrixInverse", lambda: np.linalg.inv(_matrix(array)))


@algorithm("Array.matrixPseudoInverse")
def matrix_pseudo_inverse(array: Array) -> Array:
    return _check("Array.matrixPseudoInverse", lambda: np.linalg.pinv(_matrix(array)))


@algorithm("Array.matrixSolve")
def matrix_solve(left: Array, right: Array) -> Array:
    return _check("Array.matrixSolve", lambda: np.linalg.lstsq(left.values, right.values)[0])


@algorithm("Array.matrixDeterminant")
def matrix_determinant(array: Array) -> float:
    found: float = _check("Array.matrixDeterminant", lambda: np.linalg.det(_matrix(array))).values.item()
    return found


@algorithm("Array.matrixTrace")
def matrix_trace(array: Array) -> float:
    found: float = _check("Array.matrixTrace", lambda: np.trace(_matrix(array))).values.item()
    return found


@algorithm("Array.matrixFnorm")
def matrix_fnorm(array: Array) -> float:
    return float(np.sqrt(np.square(array.values).sum()))


@algorithm("Array.matrixDiagonal")
def matrix_diagonal(array: Array) -> Array:
    return _check("Array.matrixDiagonal", lambda: np.diagonal(_matrix(array))[:, np.newaxis])


@algorithm("Array.matrixToDiag")
def matrix_to_diag(array: Array) -> Array:
    if array.values.size**2 > SIZE:
        raise EarthError(f"Array.matrixToDiag: The matrix would be larger than {SIZE} elements.")
    return _check("Array.matrixToDiag", lambda: np.diag(array.values.reshape(-1)))


def _matrix(array: Array) -> Any:  # noqa: ANN401 - an ndarray
    if array.values.ndim != 2:
        raise ValueError(f"Need a matrix, got an array of {array.values.ndim} dimensions")
    return array.values
