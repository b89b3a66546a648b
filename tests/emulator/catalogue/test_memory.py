from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from affine import Affine

from xee_lite import emulator
from xee_lite.emulator.catalogue.memory import set_id
from xee_lite.emulator.images.image import Image, Sampler
from xee_lite.emulator.types import PixelGrid
from xee_lite.emulator.values.stored import Query


def utm(bands: dict[str, Any]) -> Image:
    return emulator.memory_image(bands, crs="EPSG:32631", transform=[10, 0, 500000, 0, -10, 4000000])


def an_image(**properties: Any) -> Any:
    return emulator.memory_image(
        {"a": np.zeros((2, 3), "u1")}, crs="EPSG:4326", transform=[1, 0, 0, 0, -1, 2], properties=properties
    )


@pytest.mark.parametrize(
    ("dtype", "precision", "low", "high"),
    [
        ("u1", "int", 0, 255),
        ("i1", "int", -128, 127),
        ("u2", "int", 0, 65535),
        ("i4", "int", -(2**31), 2**31 - 1),
        ("u4", "int", 0, 2**32 - 1),
        ("?", "int", 0, 1),
        ("f4", "float", None, None),
        ("f8", "double", None, None),
    ],
)
def test_types_follow_arrays(dtype: str, precision: str, low: int | None, high: int | None) -> None:
    (band,) = utm({"b": np.zeros((1, 1), dtype)}).bands
    assert (band.type.precision, band.type.min, band.type.max) == (precision, low, high)


@pytest.mark.parametrize("dtype", ["i8", "u8", "c8", "U3", "O", "f2"])
def test_what_is_no_pixel_type_is_refused(dtype: str) -> None:
    with pytest.raises(ValueError, match="is no pixel type; pass integers of up to 32 bits, float32 or float64"):
        utm({"b": np.zeros((1, 1), dtype)})


def test_shapes_must_agree() -> None:
    with pytest.raises(ValueError, match=r"one shape \(height, width\); there are \[\(1, 1\), \(1, 2\)\]"):
        utm({"a": np.zeros((1, 1)), "b": np.zeros((1, 2))})
    with pytest.raises(ValueError, match="one shape"):
        utm({"a": np.zeros((1, 1, 1))})
    with pytest.raises(ValueError, match="one shape"):
        utm({})


def test_affine_objects_are_transforms() -> None:
    image = emulator.memory_image(
        {"a": np.zeros((1, 1))}, crs="EPSG:32631", transform=Affine(10, 0, 500000, 0, -10, 4000000)
    )
    assert image.bands[0].projection.transform == (10, 0, 500000, 0, -10, 4000000)


def test_masked_arrays_are_masked_pixels() -> None:
    values = np.ma.masked_equal(np.arange(6, dtype="u1").reshape(2, 3), 4)
    (band,) = utm({"a": values}).bands
    pixels = Sampler(PixelGrid("EPSG:32631", (10, 0, 500000, 0, -10, 4000000), 3, 2))(band)
    assert pixels.mask.tolist() == [[1, 1, 1], [1, 0, 1]]


def test_indices_of_a_collection() -> None:
    plain = emulator.memory_collection([an_image() for _ in range(11)])
    assert list(plain.by_index) == [f"{number:02d}" for number in range(11)]
    own = emulator.memory_collection([an_image(**{"system:index": name}) for name in "ba"])
    assert list(own.by_index) == ["a", "b"]
    with pytest.raises(ValueError, match="Two images have the system:index 'a'"):
        emulator.memory_collection([an_image(**{"system:index": "a"})] * 2)


def test_ids_come_with_the_server() -> None:
    collection = set_id(emulator.memory_collection([an_image()]), "projects/p/assets/c")
    assert isinstance(collection, emulator.MemoryCollection)
    assert collection.id == "projects/p/assets/c"
    (image,) = collection.images(Query())
    assert image.id == "projects/p/assets/c/0"
    assert image.properties["system:index"] == "0"


def test_a_query_narrows() -> None:
    days = [an_image(**{"system:time_start": day}) for day in (10, 20, 30)]
    collection = emulator.memory_collection([*days, an_image()])
    found = [image.properties.get("system:time_start") for image in collection.images(Query(start=20, end=30))]
    assert found == [20, None]  # a hint only: what has no time may match
    assert [one is days[2] for one in collection.images(Query(index="2"))] == [True]
