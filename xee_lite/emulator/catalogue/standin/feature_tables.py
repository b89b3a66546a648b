"""Stand-ins that are tables: states, countries and power plants, with generated positions and shapes.

Regions are octagons, of about the real area around about the real centre: they overlap, and coasts are not theirs.
"""

from __future__ import annotations

import json
import math
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import shapely

from ...geometry.geometry import Geometry
from ...values.feature import Feature
from ..assets import Table
from ..memory import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from .schema import Dataset

KM_PER_DEGREE = 111.32
GOLDEN_ANGLE = 180 * (3 - math.sqrt(5))
"""Degrees: points that many degrees apart, one after the other, leave no gaps and make no clumps."""
PLANTS = 2000
WITHIN = 0.9
"""Of the way from the middle of an octagon to its corners: less than to the middles of its sides."""
FUELS = ("Hydro", "Gas", "Wind", "Coal", "Oil", "Biomass", "Nuclear")


def table(dataset: Dataset) -> Table:
    """The table of a dataset, whose index names what makes its rows."""
    properties = {"title": dataset.title, "provider": "Stand-ins", "description": f"A stand-in for {dataset.title}."}
    return Table(dataset.id, _FEATURES[dataset.index], properties, VERSION)


@cache
def _states() -> tuple[Feature, ...]:
    return tuple(_state(number, row) for number, row in enumerate(_rows("states")))


def _state(number: int, row: list[Any]) -> Feature:
    name, code, fips, longitude, latitude, land, water, division = row
    region = {1: 1, 2: 1, 3: 2, 4: 2, 5: 3, 6: 3, 7: 3, 8: 4, 9: 4, 0: 9}[division]
    columns = {
        "ALAND": land * 1e6,
        "AWATER": water * 1e6,
        "DIVISION": str(division),
        "FUNCSTAT": "A",
        "GEOID": fips,
        "INTPTLAT": f"{latitude:+011.7f}",
        "INTPTLON": f"{longitude:+012.7f}",
        "LSAD": "00",
        "MTFCC": "G4000",
        "NAME": name,
        "REGION": str(region),
        "STATEFP": fips,
        "STATENS": f"{1779775 + int(fips) % 80:08d}",
        "STUSPS": code,
    }
    return Feature(_octagon(longitude, latitude, land + water), {"system:index": _index(number), **columns})


@cache
def _countries() -> tuple[Feature, ...]:
    return tuple(_country(number, row) for number, row in enumerate(_rows("countries")))


def _country(number: int, row: list[Any]) -> Feature:
    name, code, longitude, latitude, area = row
    shape = _octagon(longitude, latitude, area)
    columns = {
        "ADM0_CODE": code,
        "ADM0_NAME": name,
        "DISP_AREA": "NO",
        "EXP0_YEAR": 3000,
        "STATUS": "Member State",
        "STR0_YEAR": 1000,
        "Shape_Area": float(shape.shape.area),
        "Shape_Leng": float(shape.shape.length),
    }
    return Feature(shape, {"system:index": _index(number), **columns})


@cache
def _plants() -> tuple[Feature, ...]:
    return tuple(map(_plant, range(PLANTS)))


def _plant(number: int) -> Feature:
    """On a spiral from the middle of its country or state, evenly spread; every tenth is ten times as large."""
    regions = _regions()
    turn, region_index = divmod(number, len(regions))
    country, middle, latitude, area = regions[region_index]
    radius = WITHIN * _radius(area) * math.sqrt((turn + 0.5) * len(regions) / PLANTS)
    longitude = middle + radius * math.cos(math.radians(turn * GOLDEN_ANGLE)) / math.cos(math.radians(latitude))
    latitude += radius * math.sin(math.radians(turn * GOLDEN_ANGLE))
    code = country[:3].upper()
    capacity = float(1 + number * 37 % 199) * (10 if number % 10 == 0 else 1)
    fuel = FUELS[number % len(FUELS)]
    columns = {
        "country": code,
        "country_lg": country,
        "name": f"{fuel} plant {number}",
        "gppd_idnr": f"{code}{number:07d}",
        "capacitymw": capacity,
        "latitude": latitude,
        "longitude": longitude,
        "fuel1": fuel,
        "fuel2": "",
        "fuel3": "",
        "fuel4": "",
        "comm_year": str(1950 + number % 68),
        "owner": "",
        "source": "",
        "url": "",
        "src_latlon": "",
        "cap_year": 2017.0,
        **{f"gwh_{year}": capacity * 4.38 for year in (2013, 2014, 2015, 2016)},
        "gwh_estimt": capacity * 4.38,
    }
    return Feature(Geometry(shapely.Point(longitude, latitude)), {"system:index": _index(number), **columns})


@cache
def _regions() -> tuple[tuple[str, float, float, float], ...]:
    """Countries' names, longitudes, latitudes and areas, and in the place of the United States their states."""
    countries = [(row[0], row[2], row[3], row[4]) for row in _rows("countries")]
    states = [("United States of America", row[3], row[4], row[5] + row[6]) for row in _rows("states")]
    return (*countries, *states)


_FEATURES: dict[str, Callable[[], tuple[Feature, ...]]] = {
    "states": _states,
    "countries": _countries,
    "plants": _plants,
}


@cache
def _rows(name: str) -> list[list[Any]]:
    text = files(__package__).joinpath("tables", f"{name}.json").read_text(encoding="utf-8")
    rows: list[list[Any]] = json.loads(text)
    return rows


def _octagon(longitude: float, latitude: float, area: float) -> Geometry:
    """Of an area in km², on a plane around its centre; corners beyond ±180 degrees are cut off."""
    radius = _radius(area)
    across = radius / math.cos(math.radians(latitude))
    turns = (math.radians(22.5 + 45 * corner) for corner in range(8))
    ring = [(longitude + across * math.cos(turn), latitude + radius * math.sin(turn)) for turn in turns]
    shape = shapely.intersection(shapely.Polygon(ring), shapely.box(-180, -90, 180, 90))
    return Geometry(shape, geodesic=False)


def _radius(area: float) -> float:
    """Of the circle around an octagon of an area in km², in degrees of latitude."""
    return math.sqrt(area / (2 * math.sqrt(2))) / KM_PER_DEGREE


def _index(number: int) -> str:
    """20 hexadecimal digits, as tables that were ingested have."""
    return f"{number:020x}"
