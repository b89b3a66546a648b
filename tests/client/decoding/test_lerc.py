"""LERC is what was asked for, exact and with its mask, or an error."""

from __future__ import annotations

from typing import Any

import lerc
import numpy as np
import numpy.typing as npt
import pytest

from xee_lite.decoding.lerc import ExpectedLerc, decode_lerc
from xee_lite.errors import WireError

SHAPE = (2, 41, 53)


def blob(pixels: npt.NDArray[Any], mask: npt.NDArray[np.bool_] | None = None, error: float = 0) -> bytes:
    found = lerc.encode(pixels, 1, mask is not None, mask, error, 2 * pixels.nbytes + 4096)
    assert found[0] == 0
    return bytes(found[2])[: found[1]]


def values(dtype: str) -> npt.NDArray[Any]:
    rng = np.random.default_rng(4)
    if np.dtype(dtype).kind == "f":
        return rng.normal(scale=1e3, size=SHAPE).astype(dtype)
    info = np.iinfo(dtype)
    return rng.integers(info.min, info.max, SHAPE, dtype=dtype, endpoint=True)


def expected(dtype: str, nodata: float = 0) -> ExpectedLerc:
    return ExpectedLerc(SHAPE, np.dtype(dtype), nodata)


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8"])
@pytest.mark.parametrize("masked", [False, True])
def test_every_type_with_and_without_a_mask(dtype: str, masked: bool) -> None:
    truth = values(dtype)
    mask = np.random.default_rng(5).random(SHAPE[1:]) < 0.6 if masked else None
    found = decode_lerc(blob(truth, mask), expected(dtype, 77))
    np.testing.assert_array_equal(found, truth if mask is None else np.where(mask, truth, 77))


def test_an_all_missing_blob() -> None:
    found = decode_lerc(blob(values("u2"), np.zeros(SHAPE[1:], bool)), expected("u2", 9))
    assert (found == 9).all()


@pytest.mark.parametrize("parts", [1, 10, 100])
def test_floats_that_are_decimals_are_exact(parts: int) -> None:
    truth = (np.arange(np.prod(SHAPE)).reshape(SHAPE) / parts).astype("f8")
    np.testing.assert_array_equal(decode_lerc(blob(truth), expected("f8")), truth)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (blob(values("u2")[:, :40]), "40 x 53 pixels, but 41 x 53"),
        (blob(values("u2")[0]), "1 bands of 1 values, but 2 bands"),
        (blob(values("u1")), "pixels of uint8, but uint16"),
        (blob(values("u2"), error=3), "off by up to"),
        (b'{"error":{}}', "is no LERC"),
        (blob(values("u2"))[:100], "can not be"),
        (blob(values("u2"))[:-50], "can not be"),
    ],
)
def test_anything_else_is_an_error(content: bytes, said: str) -> None:
    with pytest.raises(WireError, match=said):
        decode_lerc(content, expected("u2"))


def test_rounded_floats_are_an_error() -> None:
    truth = np.random.default_rng(6).normal(scale=50, size=SHAPE).astype("f4")
    for error in (0.5, 0.01, 0.05):
        with pytest.raises(WireError, match=r"off by up to|were rounded"):
            decode_lerc(blob(truth, error=error), expected("f4"))
