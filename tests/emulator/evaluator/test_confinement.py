"""Which mapped functions leave masked what is masked, and make the same bands of every image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest

from xee_lite.emulator.catalogue.memory import memory_image
from xee_lite.emulator.evaluator import confinement
from xee_lite.emulator.evaluator.interpreter import evaluate
from xee_lite.emulator.evaluator.registry import REGISTRY, signatures
from xee_lite.emulator.types import PixelGrid

if TYPE_CHECKING:
    from collections.abc import Callable

    from xee_lite.emulator.images.image import Image

    Value = Callable[[Any], Any]
    Sampled = Callable[[Any, PixelGrid], dict[str, np.ma.MaskedArray[Any, Any]]]

GRID = PixelGrid("EPSG:4326", (1.0, 0.0, 10.0, 0.0, -1.0, 6.0), 4, 3)
WIDER = PixelGrid("EPSG:4326", (1.0, 0.0, 8.0, 0.0, -1.0, 8.0), 8, 7)
MASKED = np.array([[0, 1, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0]], bool)


def others(name: str) -> list[Any]:
    """What an algorithm needs beside the image."""
    known: dict[str, list[Any]] = {
        "Image.clamp": [1, 5],
        "Image.clip": [ee.Geometry.Rectangle([-180, -80, 180, 80], None, False)],
        "Image.normalizedDifference": [["b1", "b2"]],
        "Image.regexpRename": ["b", "c"],
        "Image.rename": [["x", "y"]],
        "Image.select": [["b2"]],
        "Image.slice": [0, 1],
        "Image.unitScale": [0, 9],
        "Image.updateMask": [1],
        "Image.where": [1, 3],
        "Image.cast": [{"b1": "int32", "b2": "float"}],
        "Image.remap": [[1, 2, 3, 4], [4, 3, 2, 1], 9, "b1"],
    }
    return known.get(name, [])


class Assets:
    def find(self, asset_id: str) -> Image | None:
        values = np.random.default_rng(3).integers(1, 5, (2, *MASKED.shape)).astype(np.uint8)
        bands = {f"b{i + 1}": np.ma.MaskedArray(one, MASKED) for i, one in enumerate(values)}
        image = memory_image(bands, crs="EPSG:4326", transform=GRID.transform, properties={"scale": 3})
        return image if asset_id == "T/holes" else None


@pytest.fixture
def catalogue() -> Assets:
    return Assets()


def confined(value_of: Value, function: Callable[[Any], Any]) -> bool:
    """Whether a function of an image is known to be confined, as the interpreter tells its Function."""
    seen: list[bool] = []
    known = REGISTRY["Collection.map"]

    def spy(elements: Any, mapped: Any, drop_nulls: bool) -> Any:
        seen.append(mapped.confined)
        return known(elements, mapped, drop_nulls)

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(REGISTRY, "Collection.map", spy)
        value_of(ee.ImageCollection([ee.Image("T/holes")]).map(function))
    (found,) = seen
    return found


@pytest.mark.parametrize(
    "function",
    [
        lambda image: image,
        lambda image: image.select("b1"),
        lambda image: image.updateMask(image.select("b1").bitwiseAnd(1 << 2).eq(0)).divide(10_000),
        lambda image: image.updateMask(ee.Image.constant(ee.Number(image.get("scale")))),
        lambda image: image.addBands(image.normalizedDifference(["b1", "b2"]).rename("nd")),
        lambda image: image.addBands(image.select("b.").multiply(2.75e-5).add(-0.2), None, True),
        lambda image: ee.Image(1).subtract(image).copyProperties(image, ["system:time_start"]),
        lambda image: image.set("half", ee.Number(image.get("scale")).divide(2)).toFloat(),
        lambda image: image.expression("(N - R) / (N + 2)", {"N": image.select("b1"), "R": image.select("b2")}),
        lambda image: image.expression("N * L", {"N": image.select("b1"), "L": 0.5}),
        lambda image: image.clip(ee.Geometry.Point(11, 5).buffer(100_000)).where(image.gt(3), 3),
    ],
)
def test_what_works_pixel_by_pixel_is_confined(value_of: Value, function: Callable[[Any], Any]) -> None:
    assert confined(value_of, function)


@pytest.mark.parametrize(
    "function",
    [
        lambda image: image.unmask(0),
        lambda image: ee.Image(1).copyProperties(image),
        lambda image: image.addBands(ee.Image(1)),
        lambda image: image.focalMax(1),
        lambda image: image.translate(1, 0),
        lambda image: image.multiply(
            ee.Number(image.get("scale"))
        ),  # of which type it is, each image's own number says
        lambda image: image.select(ee.List([image.bandNames().get(0)])),
        lambda image: ee.Algorithms.If(image.get("scale"), image, image.select("b1")),
        lambda image: image.mask(ee.Image(1)),
        lambda image: image.expression("L + 'N' + 1", {"N": image.select("b1"), "L": ee.Image(1)}),
        lambda image: image.expression("L > 1 ? N : 2", {"N": image.select("b1"), "L": ee.Image(1)}),
        lambda image: image.expression("N * L", {"N": image.select("b1"), "L": ee.Number(image.get("scale"))}),
        lambda image: image.blend(ee.Image(1)),
    ],
)
def test_what_may_be_valid_elsewhere_or_of_other_bands_is_not(value_of: Value, function: Callable[[Any], Any]) -> None:
    assert not confined(value_of, function)


def doubled(image: Any, times: int) -> Any:
    """Each step takes the one before twice."""
    for _ in range(times):
        image = image.add(image)
    return image


def test_what_is_used_twice_is_read_once(value_of: Value) -> None:
    assert confined(value_of, lambda image: doubled(image, 60))
    assert not confined(value_of, lambda image: doubled(image.unmask(0), 60))


def test_a_graph_that_leaves_an_argument_out_is_an_error_of_its_own(offline: None) -> None:
    assert offline is None
    body = {"functionInvocationValue": {"functionName": "Image.updateMask", "arguments": {}}}
    graph = {
        "result": "0",
        "values": {
            "0": {
                "functionInvocationValue": {
                    "functionName": "Collection.map",
                    "arguments": {
                        "collection": {
                            "functionInvocationValue": {
                                "functionName": "ImageCollection.fromImages",
                                "arguments": {"images": {"constantValue": []}},
                            }
                        },
                        "baseAlgorithm": {"functionDefinitionValue": {"argumentNames": ["i"], "body": "1"}},
                    },
                }
            },
            "1": body,
        },
    }
    assert list(evaluate(graph, Assets())) == []


@pytest.mark.parametrize("name", [*sorted(confinement._MAIN), "Image.updateMask"])
def test_each_algorithm_keeps_masked_what_is_masked(pixels: Sampled, name: str) -> None:
    """Beyond the image's pixels too; and it is an algorithm whose argument is called so."""
    main = {**confinement._MAIN, **confinement._BARE}[name]
    assert main == signatures()[name].arguments[0].name
    image = ee.Image(ee.ApiFunction.call_(name, ee.Image("T/holes"), *others(name)))
    for band in pixels(image, GRID).values():
        assert np.ma.getmaskarray(band)[MASKED].all()
    for band in pixels(image, WIDER).values():
        assert np.ma.getmaskarray(band)[:2].all()
        assert np.ma.getmaskarray(band)[:, :2].all()


@pytest.mark.parametrize("text", ["n + 1", "-n ** 2 / (n + 3)", "n > 2 || n < 3", "!(n == 2)", "max(n, 1)", "n % 2"])
def test_each_expression_of_a_variable_keeps_masked_what_is_masked(pixels: Sampled, text: str) -> None:
    image = ee.Image("T/holes").expression(text, {"n": ee.Image("T/holes").select("b2")})
    (band,) = pixels(image, WIDER).values()
    assert np.ma.getmaskarray(band)[2:5, 2:6][MASKED].all()
    assert np.ma.getmaskarray(band)[:2].all()
    assert band.count() > 0


@pytest.mark.parametrize("name", sorted(confinement._EITHER))
def test_each_algorithm_on_two_images_is_masked_where_either_is(pixels: Sampled, name: str) -> None:
    assert [argument.name for argument in signatures()[name].arguments] == ["image1", "image2"]
    pair = ee.Image("T/holes"), ee.Image(2)
    for first, second in (pair, pair[::-1]):
        for band in pixels(ee.Image(ee.ApiFunction.call_(name, first, second)), WIDER).values():
            assert np.ma.getmaskarray(band)[2:5, 2:6][MASKED].all()
            assert np.ma.getmaskarray(band)[:2].all()
