"""Linear algebra on images of matrices."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..images.arrays import SIZE, Stack, constant_arrays, make_array_band
from ..images.image import Band, Image
from ..images.pixelwise import map_bands, pair_bands
from ..numerics.matrices import lower_upper
from ..pixels.bands import only_band
from ..types import PixelType

if TYPE_CHECKING:
    from collections.abc import Callable

Function = "Callable[[Stack], Stack]"

MAX_SIZE = 1000
"""Rows of an identity matrix: this emulator's own limit."""


@algorithm("Image.matrixIdentity")
def identity(size: int) -> Image:
    if not 0 < size <= MAX_SIZE:
        raise EarthError(f"Image.matrixIdentity: The size must be between 1 and {MAX_SIZE}, got {size}.")
    return Image((constant_arrays(np.eye(size, dtype=np.int64)).renamed("identity"),))


@algorithm("Image.matrixMultiply")
def multiply(image1: Image, image2: Image) -> Image:
    return _paired(image1, image2, "Image.matrixMultiply", _product)


def _product(left: Stack, right: Stack) -> Stack:
    if math.prod(left.shape[:-1]) * right.shape[-1] > SIZE:
        raise ValueError("The products would be too large")
    found: Stack = left @ right
    return found


@algorithm("Image.matrixSolve")
def solve(image1: Image, image2: Image) -> Image:
    """The least-squares solution; of an underdetermined system the shortest."""
    return _paired(image1, image2, "Image.matrixSolve", lambda left, right: np.linalg.pinv(left) @ right)


def _diagonals(stack: Stack) -> Stack:
    if stack.size * stack[0].size > SIZE:
        raise ValueError("The matrices would be too large")
    return stack.reshape(len(stack), -1, 1) * np.eye(stack[0].size)


def _register(name: str, function: Callable[[Stack], Stack], dimensions: int) -> None:
    where = f"Image.{name}"

    def compute(stack: Stack) -> Stack:
        return function(_matrices(stack))

    def apply(value: Image) -> Image:
        return map_bands(
            value, lambda band: make_array_band([band], compute, PixelType("double", dimensions=dimensions), where)
        )

    algorithm(where)(apply)


_register("matrixInverse", np.linalg.inv, 2)
_register("matrixPseudoInverse", np.linalg.pinv, 2)
_register("matrixDeterminant", np.linalg.det, 0)
_register("matrixTrace", lambda stack: np.trace(stack, axis1=1, axis2=2), 0)
_register("matrixFnorm", lambda stack: np.sqrt(np.square(stack).sum(axis=(1, 2))), 0)
_register("matrixDiagonal", lambda stack: np.diagonal(stack, axis1=1, axis2=2)[:, :, np.newaxis], 2)
_register("matrixToDiag", _diagonals, 2)


@algorithm("Image.matrixCholeskyDecomposition")
def cholesky(image: Image) -> Image:
    where = "Image.matrixCholeskyDecomposition"
    return Image((_part(only_band(image, where), np.linalg.cholesky, where, "L"),), image.properties)


@algorithm("Image.matrixLUDecomposition")
def lu(image: Image) -> Image:
    where = "Image.matrixLUDecomposition"
    band = only_band(image, where)
    return Image(
        (
            _part(band, lambda stack: lower_upper(stack)[0], where, "L"),
            _part(band, lambda stack: lower_upper(stack)[1], where, "U"),
            _part(band, lambda stack: lower_upper(stack)[2], where, "P"),
        ),
        image.properties,
    )


@algorithm("Image.matrixQRDecomposition")
def qr(image: Image) -> Image:
    where = "Image.matrixQRDecomposition"
    band = only_band(image, where)
    return Image(
        (
            _part(band, lambda stack: np.linalg.qr(stack, "complete")[0], where, "Q"),
            _part(band, lambda stack: np.linalg.qr(stack, "complete")[1], where, "R"),
        ),
        image.properties,
    )


@algorithm("Image.matrixSingularValueDecomposition")
def svd(image: Image) -> Image:
    where = "Image.matrixSingularValueDecomposition"
    band = only_band(image, where)

    def values(stack: Stack) -> Stack:
        found = np.zeros(stack.shape)
        size = min(stack.shape[1:])
        found[:, range(size), range(size)] = np.linalg.svd(stack, compute_uv=False)
        return found

    return Image(
        (
            _part(band, lambda stack: np.linalg.svd(stack)[0], where, "U"),
            _part(band, values, where, "S"),
            _part(band, lambda stack: np.swapaxes(np.linalg.svd(stack)[2], 1, 2), where, "V"),
        ),
        image.properties,
    )


def _paired(image1: Image, image2: Image, where: str, function: Callable[[Stack, Stack], Stack]) -> Image:
    def compute(left: Stack, right: Stack) -> Stack:
        return function(_matrices(left), _matrices(right))

    type_ = PixelType("double", dimensions=2)
    return Image(
        tuple(make_array_band(pair, compute, type_, where, name) for name, pair in pair_bands(image1, image2, where))
    )


def _part(band: Band, function: Callable[[Stack], Stack], where: str, name: str) -> Band:
    return make_array_band(
        [band], lambda stack: function(_matrices(stack)), PixelType("double", dimensions=2), where, name
    )


def _matrices(stack: Stack) -> Stack:
    if stack.ndim != 3:
        raise ValueError(f"Matrices have two dimensions, and the arrays have {stack.ndim - 1}")
    return stack.astype(np.float64)
