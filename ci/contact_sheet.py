"""Draw docs/images/stand-ins.png: what some of the stand-ins look like.

Run it with ``python ci/contact_sheet.py`` after a formula has changed; the picture is the same on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from PIL import Image as Picture
from PIL import ImageDraw

from xee_lite.emulator.catalogue.standin import StandIns
from xee_lite.emulator.geometry.geometry import Geometry
from xee_lite.emulator.images.image import Image, Pixels, Sampler
from xee_lite.emulator.types import PixelGrid
from xee_lite.emulator.values.stored import Query

SHEET = Path(__file__).parents[1] / "docs" / "images" / "stand-ins.png"
SIZE = (200, 126)
COLUMNS = 4
CAPTION = 13
COLOURS = 80
"""Of the picture's palette, so that the file stays small."""

EARTH = ("3b6f43", "a8b56b", "d8c08a", "9a6b43", "ffffff")
HEAT = ("2b3a8f", "4fa3d1", "f2efc2", "ef8a3c", "9c1b23")
RAIN = ("fdfdf6", "a9d6e5", "468faf", "01497c", "3b0f70")
GREEN = ("cfb88a", "f1ecc0", "a6cf7a", "3f8f46", "0b4d24")
NIGHT = ("05060f", "2a2350", "a0522d", "ffc857", "fffbe6")
GREY = ("000000", "ffffff")
WATER = ("ffffff", "b3c7f2", "3a5fcd", "0b1f6b")


@dataclass(frozen=True)
class Panel:
    """One picture of the sheet.

    Attributes
    ----------
    caption, asset : str
    bands : tuple of str
        One, or three of a picture in natural colours.
    low, high : float
        Values of the first and the last colour.
    palette : tuple of str
        Empty for the asset's own table of classes.
    box : (west, south, east, north)
        Degrees.
    """

    caption: str
    asset: str
    bands: tuple[str, ...]
    low: float
    high: float
    palette: tuple[str, ...]
    box: tuple[float, float, float, float]


WORLD = (-180.0, -90.0, 180.0, 90.0)
REGION = (0.0, 40.0, 12.0, 47.5)
TILE = (4.4, 43.4, 5.4, 44.1)
S2 = "20200408T102711_20200408T103802_T31TFJ"
PANELS = (
    Panel("SRTM: elevation", "USGS/SRTMGL1_003", ("elevation",), 0, 1700, EARTH, REGION),
    Panel("SRTM, nearer", "USGS/SRTMGL1_003", ("elevation",), 0, 1200, EARTH, (4.0, 43.0, 6.4, 44.5)),
    Panel("WorldCover: classes", "ESA/WorldCover/v200/2021", ("Map",), 0, 0, (), (4.0, 43.0, 6.4, 44.5)),
    Panel("JRC: water occurrence", "JRC/GSW1_4/GlobalSurfaceWater", ("occurrence",), 0, 100, WATER, REGION),
    Panel("ERA5: January", "ECMWF/ERA5/MONTHLY/202001", ("mean_2m_air_temperature",), 235, 308, HEAT, WORLD),
    Panel("ERA5: July", "ECMWF/ERA5/MONTHLY/201907", ("mean_2m_air_temperature",), 235, 308, HEAT, WORLD),
    Panel("IMERG: rain", "NASA/GPM_L3/IMERG_V07/20200610120000", ("precipitation",), 0, 1.6, RAIN, WORLD),
    Panel("ERA5-Land: sunshine, 12 UTC", "ECMWF/ERA5_LAND/HOURLY/20200620T12",
          ("surface_solar_radiation_downwards_hourly",), 0, 3.6e6, NIGHT, WORLD),
    Panel("MOD13: NDVI, January", "MODIS/061/MOD13A1/2020_01_01", ("NDVI",), 0, 8000, GREEN, WORLD),
    Panel("MOD13: NDVI, July", "MODIS/061/MOD13A1/2020_07_11", ("NDVI",), 0, 8000, GREEN, WORLD),
    Panel("VIIRS: lights", "NOAA/VIIRS/DNB/MONTHLY_V1/VCMSLCFG/20200101", ("avg_rad",), 0, 90, NIGHT, REGION),
    Panel("Hansen: tree cover", "UMD/hansen/global_forest_change_2023_v1_11", ("treecover2000",), 0, 100, GREEN,
          (5.0, 43.5, 5.3, 43.69)),
    Panel("Sentinel-2", f"COPERNICUS/S2_SR_HARMONIZED/{S2}", ("B4", "B3", "B2"), 0, 3500, (), TILE),
    Panel("Sentinel-2: SCL", f"COPERNICUS/S2_SR_HARMONIZED/{S2}", ("SCL",), 0, 0, (), TILE),
    Panel("Sentinel-1: VV", "COPERNICUS/S1_GRD", ("VV",), -24, -5, GREY, TILE),
    Panel("MOD11: land surface by day", "MODIS/061/MOD11A1/2020_06_10", ("LST_Day_1km",), 13500, 15800, HEAT, REGION),
)  # fmt: skip


def main() -> None:
    """Write the sheet."""
    width, height = SIZE
    rows = -(-len(PANELS) // COLUMNS)
    sheet = Picture.new("RGB", (COLUMNS * (width + 4), rows * (height + CAPTION + 4)), "white")
    draw = ImageDraw.Draw(sheet)
    for number, panel in enumerate(PANELS):
        left, top = number % COLUMNS * (width + 4), number // COLUMNS * (height + CAPTION + 4)
        draw.text((left + 2, top), panel.caption, fill="black")
        sheet.paste(Picture.fromarray(_drawn(panel)), (left, top + CAPTION))
    SHEET.parent.mkdir(exist_ok=True)
    sheet.quantize(COLOURS, dither=Picture.Dither.NONE).save(SHEET, optimize=True)


def _drawn(panel: Panel) -> Any:  # noqa: ANN401 - bytes of red, green and blue
    image = _image(panel)
    found = [_pixels(image, name, panel.box) for name in panel.bands]
    if len(found) == 3:
        scaled = [(one.values - panel.low) / (panel.high - panel.low) for one in found]
        colours = np.clip(np.stack(scaled, axis=-1) ** 0.7, 0, 1) * 255
    elif panel.palette:
        position = np.clip((found[0].values.astype(float) - panel.low) / (panel.high - panel.low), 0, 1)
        stops = np.linspace(0, 1, len(panel.palette))
        table = np.array([_rgb(colour) for colour in panel.palette])
        colours = np.stack([np.interp(position, stops, table[:, part]) for part in range(3)], axis=-1)
    else:
        name = panel.bands[0]
        values, palette = (image.properties[f"{name}_class_{part}"] for part in ("values", "palette"))
        table = np.full((256, 3), 255)
        table[values] = [_rgb(colour) for colour in palette]
        colours = table[found[0].values]
    valid = (found[0].mask > 0)[..., np.newaxis]
    return np.where(valid, colours, 230).astype(np.uint8)


def _image(panel: Panel) -> Image:
    """The asset, or of a collection the scene that covers the middle of the panel."""
    found: Any = StandIns().find(panel.asset)
    if isinstance(found, Image):
        return found
    west, south, east, north = panel.box
    middle = Geometry(shapely.Point((west + east) / 2, (south + north) / 2))
    june = Query(1590969600000, 1593561600000, middle)
    image: Image = next(
        one for one in found.images(june) if shapely.contains(one.properties["system:footprint"].shape, middle.shape)
    )
    return image


def _pixels(image: Image, name: str, box: tuple[float, float, float, float]) -> Pixels:
    west, south, east, north = box
    width, height = SIZE
    transform = ((east - west) / width, 0.0, west, 0.0, (south - north) / height, north)
    grid = PixelGrid("EPSG:4326", transform, width, height)
    return Sampler(grid)(next(band for band in image.bands if band.name == name))


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour)
    return red, green, blue


if __name__ == "__main__":
    main()
