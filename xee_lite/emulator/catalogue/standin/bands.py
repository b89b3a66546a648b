"""Values of the bands of stand-ins, from the fields of position and time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from . import land_cover, quality
from .ground import MS_PER_DAY
from .weather import CELSIUS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .fields import Fields
    from .schema import BandSchema
    from .waves import Array

    BandField = Callable[[Fields, BandSchema], Array]

PLANCK = {10.0: (774.8853, 1321.0789), 11.0: (480.8883, 1201.1442)}
"""K1, in W/(m² sr µm), and K2, in kelvin, of Landsat 8's thermal bands."""


def stored_values(fields: Fields, band: BandSchema, own: Mapping[str, BandField]) -> Array:
    """The values that a band stores: by its scale and offset, and if they are integers, rounded and clipped.

    Parameters
    ----------
    fields : Fields
    band : BandSchema
    own : mapping
        Fields that only the image itself knows, such as the angle it was taken at; by name.
    """
    field = own.get(band.field) or BAND_FIELDS[band.field]
    values = field(fields, band)
    if values.dtype == np.bool_ and (band.gain, band.bias) != (1, 0):
        values = values.astype(fields.positions.dtype)
    # What changes nothing costs time too.
    if band.gain != 1:
        values = values * band.gain
    if band.bias:
        values = values + band.bias
    if band.accumulates:
        values = values * (fields.hours or 24)
    if band.type.precision != "int" or (values.dtype.kind in "biu" and band.scale == 1 and not band.offset):
        return values
    numbers = (values - band.offset) * (1 / band.scale) if band.offset else values * (1 / band.scale)
    numbers += 0.5
    np.floor(numbers, out=numbers)
    return np.clip(numbers, band.type.min, band.type.max, out=numbers)


def find_valid(fields: Fields, band: BandSchema) -> Array:
    """Where a band has a value, of those that are masked in some positions."""
    return MASKS[band.mask](fields)


def at_least(values: Array, least: float) -> Array:
    """Raise values, in place, to the least that there may be."""
    return np.clip(values, least, np.inf, out=values)


def _emissivity(fields: Fields, _band: BandSchema) -> Array:
    share = fields.greenness * 0.02
    share += 0.96
    np.copyto(share, 0.99, where=fields.water)
    return share


def _skin_temperature(fields: Fields, _band: BandSchema) -> Array:
    """Warmer than the air on bare ground, colder where clouds are seen."""
    kelvin: Array = fields.temperature + 6 * (1 - fields.greenness) - 0.25 * fields.cloud
    return kelvin


def _radiance(fields: Fields, band: BandSchema) -> Array:
    """W/(m² sr µm) of a thermal band of Landsat 8."""
    first, second = PLANCK[band.at]
    radiance: Array = first / (np.exp(second / _skin_temperature(fields, band)) - 1)
    return radiance


def _monthly_rain(fields: Fields, _band: BandSchema) -> Array:
    """Metres in a month."""
    return 0.1 * (0.6 + 0.4 * fields.ripple(12.0, 0.059 * fields.day)) * np.cos(np.radians(fields.positions.latitude))


def _ndvi(fields: Fields, _band: BandSchema) -> Array:
    red, infrared = fields.ground(0.645), fields.ground(0.858)
    index: Array = (infrared - red) / (infrared + red)
    return np.clip(index, -0.2, 1, out=index)


def _evi(fields: Fields, _band: BandSchema) -> Array:
    blue, red, infrared = (fields.ground(at) for at in (0.469, 0.645, 0.858))
    index: Array = 2.5 * (infrared - red) / (infrared + 6 * red - 7.5 * blue + 1)
    return np.clip(index, -0.2, 1)


def _day_of_year(fields: Fields, _band: BandSchema) -> Array:
    """The day of a composite's sixteen on which a pixel was seen."""
    year = np.datetime64(round(fields.days * MS_PER_DAY), "ms").astype("datetime64[Y]")
    first = fields.day - float(year.astype("datetime64[D]").astype(np.int64))
    return first + 1 + np.floor(7.999 + 7.999 * fields.ripple(1.7, 0.3 + 0.01 * fields.day))


def _backscatter(fields: Fields, band: BandSchema) -> Array:
    """dB: rough leaves send back more than smooth soil, and lakes nearly nothing; with one speckle of 0.006 degrees.

    The band's value is how much more leaves add; it is larger where the radar listens crosswise.
    """
    echo = (5 + band.at) * fields.greenness
    echo += 6 * fields.town
    echo += 4 * fields.wetness
    echo += -14 - 4 * 0.25
    np.copyto(echo, -24, where=fields.water)
    echo += 1.5 * fields.ripple(0.006, 0.8)
    return echo


def _lights(fields: Fields, band: BandSchema) -> Array:
    """Of towns, 0 to 1, growing by the band's value with each year since 1992."""
    years = fields.days / 365.2425 - 22
    light: Array = np.sqrt(fields.town)
    light *= fields.town
    light *= 1 + band.at * years
    return light


def _vapour_deficit(fields: Fields, _band: BandSchema) -> Array:
    deficit: Array = fields.saturation * (1 - fields.humidity / 100)
    return deficit


def _specific_humidity(fields: Fields, _band: BandSchema) -> Array:
    """Mass fraction."""
    share: Array = 0.622 * fields.saturation * fields.humidity / 100 / (fields.pressure / 1000)
    return share


def _wind_from(fields: Fields, _band: BandSchema) -> Array:
    """Degrees from north."""
    degrees: Array = (270 - np.degrees(np.arctan2(fields.wind[1], fields.wind[0]))) % 360
    return degrees


def _dryness(fields: Fields, band: BandSchema) -> Array:
    """An index of drought from -3, dry, to 3, wet; the band's value is the number of months that it looks back on."""
    return 3 * fields.ripple(13.0, 0.0293 * fields.day / (1 + band.at) + 0.1 * band.at)


def _fire_danger(fields: Fields, _band: BandSchema) -> Array:
    return np.clip(50 + 1.2 * (fields.temperature - 288) - 0.6 * (fields.humidity - 50), 0, 130)


def _embedding(fields: Fields, band: BandSchema) -> Array:
    """One of 64 axes of a vector of length 1: of each of 32 pairs, whose lengths differ, the cosine and the sine.

    The angle of a pair follows the plants, the water, a wave of its own and the year.
    """
    pair, second = divmod(int(band.at), 2)
    years = fields.days / 365.2425 - 47
    turns = 0.5 * fields.greenness.astype(np.float64)
    turns += 0.25 * fields.ripple(0.05 * (1 + pair % 4), 0.11 * (pair + 1))
    turns += 0.25 * fields.water + 0.01 * (pair + 1) * years
    turns *= 2 * np.pi
    length = math.sqrt((32 - pair) / 528)
    values: Array = length * (np.sin(turns) if second else np.cos(turns))
    return values


BAND_FIELDS: dict[str, BandField] = {
    "constant": lambda fields, _band: np.broadcast_to(fields.positions.dtype.type(0), fields.shape),
    # Ground
    "elevation": lambda fields, _band: fields.elevation,
    "water": lambda fields, _band: fields.water,
    "greenness": lambda fields, _band: fields.greenness,
    "snow": lambda fields, _band: fields.snow,
    "wetness": lambda fields, _band: fields.wetness,
    "emissivity": _emissivity,
    "ground": lambda fields, band: fields.ground(band.at),
    "ndvi": _ndvi,
    "evi": _evi,
    "lights": _lights,
    "embedding": _embedding,
    # Land cover
    "cover": lambda fields, _band: land_cover.cover(fields),
    "label": lambda fields, _band: land_cover.label(fields),
    "label_probability": lambda fields, band: land_cover.probability(fields, int(band.at)),
    "trees": lambda fields, _band: land_cover.trees(fields),
    "forest_loss": lambda fields, _band: land_cover.loss_year(fields) > 0,
    "forest_loss_year": lambda fields, _band: land_cover.loss_year(fields),
    "forest_gain": lambda fields, _band: land_cover.forest_gain(fields),
    "flooded": lambda fields, _band: fields.flooded,
    "ever_flooded": lambda fields, _band: fields.flooded > 0,
    "flood_change": lambda fields, _band: land_cover.flood_change(fields),
    "water_transition": lambda fields, _band: land_cover.water_transition(fields),
    # Light and radar
    "reflectance": lambda fields, band: at_least(fields.reflectance(band.at), 0.0005),
    "true_colour": lambda fields, band: at_least(fields.reflectance(band.at) * (255 / 0.3), 1),
    "radiance": _radiance,
    "backscatter": _backscatter,
    # Quality
    "aerosol": lambda fields, _band: 0.15 + 0.05 * fields.ripple(2.1, 0.032 * fields.day),
    "vapour": lambda fields, _band: np.clip(0.08 * (fields.temperature - 250), 0.1, 6),
    "scl": quality.scene_classes,
    "qa60": quality.qa60,
    "qa_pixel": quality.qa_pixel,
    "cloud_qa": quality.cloud_qa,
    "modis_state": quality.modis_state,
    "vegetation_qa": quality.detailed_vegetation,
    "vegetation_summary": quality.vegetation_summary,
    "cloud": lambda fields, _band: fields.cloud,
    "cloudy": lambda fields, _band: fields.cloudy,
    "cirrus": lambda fields, _band: fields.cirrus,
    "snowy": lambda fields, _band: fields.snowy,
    "snow_probability": lambda fields, _band: (100 * fields.snow) * ~fields.cloudy,
    "cloud_distance": lambda fields, _band: np.maximum(50 - fields.cloud, 0) / 5,
    "day_of_year": _day_of_year,
    "view_angle": lambda fields, _band: 55 * fields.ripple(21.0, 0.29 * fields.day),
    "view_zenith": lambda fields, _band: 55 * np.abs(fields.ripple(21.0, 0.29 * fields.day)),
    "noon_zenith": lambda fields, _band: fields.noon_zenith,
    # Weather
    "temperature": lambda fields, _band: fields.temperature,
    "celsius": lambda fields, _band: fields.temperature - CELSIUS,
    "hourly_temperature": lambda fields, _band: fields.hourly_temperature,
    "dew_point": lambda fields, _band: fields.temperature - 4 - 3 * fields.ripple(9.0, 0.08 * fields.day),
    "skin_temperature": _skin_temperature,
    "surface_pressure": lambda fields, _band: fields.pressure,
    "sea_level_pressure": lambda fields, _band: fields.sea_level_pressure,
    "wind_u": lambda fields, _band: fields.wind[0],
    "wind_v": lambda fields, _band: fields.wind[1],
    "wind_speed": lambda fields, _band: np.hypot(*fields.wind),
    "wind_from": _wind_from,
    "rain": lambda fields, _band: fields.rain,
    "monthly_rain": _monthly_rain,
    "humidity": lambda fields, _band: fields.humidity,
    "specific_humidity": _specific_humidity,
    "vapour_deficit": _vapour_deficit,
    "sunshine": lambda fields, _band: fields.sunshine,
    "daylight": lambda fields, _band: fields.daylight,
    "evaporation": lambda fields, _band: fields.evaporation,
    "dryness": _dryness,
    "fire_danger": _fire_danger,
}
"""Physical values by the name that the tables of datasets give them."""

MASKS: dict[str, Callable[[Fields], Array]] = {
    "clear": lambda fields: ~fields.cloudy,
    "clear_sky": lambda fields: ~(fields.cloudy | fields.shadow | fields.cirrus),
    "ever_flooded": lambda fields: fields.flooded > 0,
}
"""Where a band has values, by the name that the tables of datasets give it."""
