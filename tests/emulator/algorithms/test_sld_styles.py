"""Styles of the OGC, against the colours that they name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import ee
import numpy as np
import pytest

from tests.emulator.memory_catalogue import MemoryCatalogue
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.types import PixelGrid

if TYPE_CHECKING:
    from tests.emulator.evaluating import Info, Sampled, Value

VALUES = [-5, 0, 10, 20, 25, 30, 90]
GRID = PixelGrid("EPSG:32631", (30.0, 0.0, 4e5, 0.0, -30.0, 5e6), len(VALUES), 1)
ENTRIES = """
  <ColorMapEntry color="#000000" quantity="0" label="low"/>
  <ColorMapEntry color="#FF0000" quantity="20" opacity="0.5"/>
  <ColorMapEntry color="#FF00C8" quantity="30"/>
"""
RED, BLACK, PINK, NONE = (255, 0, 0), (0, 0, 0), (255, 0, 200), None
SE = "http://www.opengis.net/se"
SLD = "http://www.opengis.net/sld"


def symbolizer(inner: str) -> str:
    return f"<RasterSymbolizer>{inner}</RasterSymbolizer>"


def enhanced(inner: str) -> str:
    return f"<ContrastEnhancement>{inner}</ContrastEnhancement>"


@pytest.fixture
def catalogue() -> MemoryCatalogue:
    values = np.array([VALUES], np.int16)
    return MemoryCatalogue(GRID, {"T/v": {"v": values, "w": values.astype(np.float32) + 40, "1": values * 2 + 50}})


@pytest.fixture
def styled(pixels: Sampled) -> Callable[[str], list[tuple[int, ...] | None]]:
    """The colours of all pixels, None where there are none."""

    def compute(sld: str) -> list[tuple[int, ...] | None]:
        found = pixels(ee.Image("T/v").sldStyle(sld), GRID)
        assert list(found) == ["vis-red", "vis-green", "vis-blue"]
        rows = zip(*(band[0] for band in found.values()), strict=True)
        return [None if row[0] is np.ma.masked else tuple(map(int, row)) for row in rows]

    return compute


Styled = Callable[[str], list[tuple[int, ...] | None]]


def test_colours_between_colours(styled: Styled) -> None:
    expected = [BLACK, BLACK, (128, 0, 0), RED, (255, 0, 100), PINK, PINK]
    assert styled(symbolizer(f"<ColorMap>{ENTRIES}</ColorMap>")) == expected
    assert styled(symbolizer(f'<ColorMap type="ramp" extended="false">{ENTRIES}</ColorMap>')) == expected


def test_intervals_end_before_their_quantity(styled: Styled) -> None:
    found = styled(symbolizer(f'<ColorMap type="intervals">{ENTRIES}</ColorMap>'))
    assert found == [BLACK, RED, RED, PINK, PINK, NONE, NONE]


def test_single_values(styled: Styled) -> None:
    found = styled(symbolizer(f'<ColorMap type="values">{ENTRIES}</ColorMap>'))
    assert found == [NONE, BLACK, NONE, RED, NONE, PINK, NONE]


def test_what_is_not_opaque_at_all_is_not_there(styled: Styled) -> None:
    entries = ENTRIES.replace('opacity="0.5"', 'opacity="0.0"')
    assert styled(symbolizer(f'<ColorMap type="values">{entries}</ColorMap>'))[3] is NONE
    assert styled(symbolizer(f"<Opacity>0.0</Opacity><ColorMap>{ENTRIES}</ColorMap>")) == [NONE] * len(VALUES)
    assert styled(symbolizer(f"<Opacity>0.3</Opacity><ColorMap>{ENTRIES}</ColorMap>"))[3] == RED


def test_whole_documents_and_functions(styled: Styled) -> None:
    head = f'<StyledLayerDescriptor version="1.1.0" xmlns="{SLD}" xmlns:se="{SE}"><NamedLayer><UserStyle>'
    tail = "</UserStyle></NamedLayer></StyledLayerDescriptor>"
    categories = (
        '<se:Categorize fallbackValue="#000000"><se:LookupValue>Rasterdata</se:LookupValue><se:Value>#000000</se:Value>'
        "<se:Threshold>10</se:Threshold><se:Value>#ff0000</se:Value>"
        "<se:Threshold>25</se:Threshold><se:Value>#ff00c8</se:Value></se:Categorize>"
    )
    rule = "<se:Rule><se:RasterSymbolizer><se:ColorMap>{}</se:ColorMap></se:RasterSymbolizer></se:Rule>"
    found = styled(head + rule.format(categories) + tail)
    assert found == [BLACK, BLACK, RED, RED, PINK, PINK, PINK]
    points = "".join(
        f"<se:InterpolationPoint><se:Data>{at}</se:Data><se:Value>{colour}</se:Value></se:InterpolationPoint>"
        for at, colour in ((0, "#000000"), (20, "#ff0000"))
    )
    found = styled(head + rule.format(f"<se:Interpolate>{points}</se:Interpolate>") + tail)
    assert found == [BLACK, BLACK, (128, 0, 0), RED, RED, RED, RED]


def test_channels_by_name_and_number(styled: Styled) -> None:
    channels = "".join(
        f"<{name}Channel><SourceChannelName>{source}</SourceChannelName>{more}</{name}Channel>"
        for name, source, more in (
            ("Red", "w", ""),
            ("Green", "2", "<ContrastEnhancement><GammaValue>2</GammaValue></ContrastEnhancement>"),
            ("Blue", "1", ""),
        )
    )
    found = styled(symbolizer(f"<ChannelSelection>{channels}</ChannelSelection>"))
    # "1" is the name of a band, "2" is not, and so a number.
    root = [255 * ((value + 40) / 255) ** 0.5 for value in VALUES]
    assert found == [(v + 40, int(r + 0.5), 2 * v + 50) for v, r in zip(VALUES, root, strict=True)]
    gray = "<GrayChannel><SourceChannelName>w</SourceChannelName></GrayChannel>"
    assert styled(symbolizer(f"<ChannelSelection>{gray}</ChannelSelection>"))[0] == (35, 35, 35)
    assert styled(symbolizer(""))[:3] == [(0, 0, 0), (0, 0, 0), (10, 10, 10)]


def test_a_stretch_from_the_least_to_the_greatest(styled: Styled) -> None:
    found = styled(symbolizer(enhanced("<Normalize/>")))
    assert [row[0] for row in found if row] == [int(255 * (value + 5) / 95 + 0.5) for value in VALUES]
    bent = styled(symbolizer(enhanced("<Normalize/><GammaValue>0.5</GammaValue>")))
    assert [row[0] for row in bent if row] == [int(255 * ((value + 5) / 95) ** 2 + 0.5) for value in VALUES]


def test_a_stretch_by_the_histogram(styled: Styled) -> None:
    """Each of seven values is as far from the next as the others are."""
    found = styled(symbolizer(enhanced("<Histogram/>")))
    assert [row[0] for row in found if row] == [int(255 * rank / 6 + 0.5) for rank in range(7)]


def test_stretches_of_single_channels(styled: Styled) -> None:
    channels = "".join(
        f"<{name}Channel><SourceChannelName>{source}</SourceChannelName>{more}</{name}Channel>"
        for name, source, more in (
            ("Red", "w", enhanced("<Normalize/>")),
            ("Green", "w", ""),
            ("Blue", "v", enhanced("<Histogram/>")),
        )
    )
    found = styled(symbolizer(f"<ChannelSelection>{channels}</ChannelSelection>"))
    assert found[0] == (0, 35, 0)
    assert found[-1] == (255, 130, 255)
    overall = styled(symbolizer(f"{enhanced('<Normalize/>')}<ChannelSelection>{channels}</ChannelSelection>"))
    assert overall[-1] == (255, 255, 255)


def test_what_a_stretch_leaves_in_the_properties(info: Info) -> None:
    image = ee.Image("T/v").sldStyle(symbolizer(enhanced("<Normalize/>")))
    assert sum(info(image.get("histogram_v"))["histogram"]) == len(VALUES)
    assert "histogram_v" not in info(ee.Image("T/v").sldStyle(symbolizer("")).propertyNames())


def test_a_stretch_of_what_has_no_bounds(value_of: Value) -> None:
    with pytest.raises(EarthError, match="'constant' has no bounds; clip it"):
        value_of(ee.Image(1).sldStyle(symbolizer(enhanced("<Normalize/>"))))


def test_a_stretch_is_the_same_in_all_tiles(value_of: Value, pixels: Sampled) -> None:
    image = ee.Image("T/v").sldStyle(symbolizer(enhanced("<Histogram/>")))
    assert value_of(image)
    a, b, x, d, e, y = GRID.transform
    whole = pixels(image, GRID)["vis-red"]
    parts = [
        pixels(image, PixelGrid(GRID.crs, (a, b, x + a * at, d, e, y), 1, 1))["vis-red"] for at in range(len(VALUES))
    ]
    assert np.hstack(parts).tolist() == whole.tolist()


@pytest.mark.parametrize(
    ("sld", "message"),
    [
        ("<RasterSymbolizer>", "not well-formed XML"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><RasterSymbolizer/>', "must not declare a document type"),
        ("<a/>", "exactly one RasterSymbolizer, and it has 0"),
        (f"<a>{symbolizer('')}{symbolizer('')}</a>", "and it has 2"),
        (symbolizer("<ColorMap/>"), "has no entries"),
        (symbolizer(f'<ColorMap type="lines">{ENTRIES}</ColorMap>'), "Unknown type 'lines'"),
        (symbolizer('<ColorMap><ColorMapEntry color="#12" quantity="1"/></ColorMap>'), "'#12' is not a colour"),
        (symbolizer('<ColorMap><ColorMapEntry color="#123456"/></ColorMap>'), "'quantity' must be a number, got None"),
        (
            symbolizer(f'<ColorMap>{ENTRIES}<ColorMapEntry color="red" quantity="9"/></ColorMap>'),
            "must ascend",
        ),
        (symbolizer(enhanced("<Normalize/><Histogram/>")), "one of Normalize, Histogram, not several"),
        (symbolizer(enhanced("<Normalize><VendorOption name='a'/></Normalize>")), "no options of a contrast stretch"),
        (symbolizer(enhanced("<GammaValue>0</GammaValue>")), "GammaValue must be positive"),
        (symbolizer("<ShadedRelief/>"), "ShadedRelief is not supported"),
        (symbolizer("<ChannelSelection><RedChannel/></ChannelSelection>"), "a red, a green and a blue channel"),
    ],
)
def test_what_is_refused(styled: Styled, sld: str, message: str) -> None:
    with pytest.raises(EarthError, match=message):
        styled(sld)
