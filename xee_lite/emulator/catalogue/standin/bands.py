"""What each kind of band holds: fields of the planet in the band's own terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from .fields import Array, Fields
    from .schema import BandSchema

    BandField = Callable[[Fields, BandSchema], Array]

CELSIUS = 273.15


def physical(fields: Fields, band: BandSchema) -> Array:
    """The physical values of a band."""
    return BAND_FIELDS[band.field](fields, band)


def stored_values(fields: Fields, band: BandSchema) -> Array:
    """The values that a band stores: by its scale and offset, and if they are integers, rounded and clipped."""
    values = physical(fields, band)
    if band.type.precision != "int":
        return values
    numbers = np.floor((values - band.offset) / band.scale + 0.5)
    return np.clip(numbers, band.type.min, band.type.max)


def _scene_classes(fields: Fields, _band: BandSchema) -> Array:
    """Classes of Sentinel-2's SCL."""
    return np.select(
        [
            fields.cloud >= 80,
            fields.cloudy,
            fields.cirrus,
            fields.shadow,
            fields.snow > 0.5,
            fields.water,
            fields.cloud >= 35,
            fields.greenness > 0.4,
        ],
        [9, 8, 10, 3, 11, 6, 7, 4],
        5,
    )


def _qa_pixel(fields: Fields, _band: BandSchema) -> Array:
    """Bits of Landsat Collection 2's QA_PIXEL."""
    snow = fields.snow > 0.5
    dilated = (fields.cloud >= 40) & ~fields.cloudy
    clear = ~(fields.cloudy | dilated)
    confidence = np.select([fields.cloudy, fields.cloud >= 35], [3, 2], 1)
    flags = ((dilated, 1), (fields.cirrus, 2), (fields.cloudy, 3), (fields.shadow, 4), (snow, 5), (clear, 6))
    levels = ((confidence, 8), (_level(fields.shadow), 10), (_level(snow), 12), (_level(fields.cirrus), 14))
    parts = [part * (1 << bit) for part, bit in (*flags, (fields.water, 7), *levels)]
    total: Array = np.add.reduce(parts)
    return total


def _level(flag: Array) -> Array:
    """Confidence of a flag: 3 is high, 1 is low."""
    return np.where(flag, 3, 1)


def _qa60(fields: Fields, _band: BandSchema) -> Array:
    bits: Array = fields.cloudy * 1024 + fields.cirrus * 2048
    return bits


def _skin_temperature(fields: Fields, _band: BandSchema) -> Array:
    """Warmer than the air on bare ground, colder where clouds are seen."""
    kelvin: Array = fields.temperature + 6 * (1 - fields.greenness) - 0.25 * fields.cloud
    return kelvin


def _surface_pressure(fields: Fields, band: BandSchema) -> Array:
    pressure: Array = _sea_level_pressure(fields, band) * np.exp(-fields.elevation / 8400)
    return pressure


def _sea_level_pressure(fields: Fields, _band: BandSchema) -> Array:
    return 101325 + 900 * fields.ripple(31.0, 0.048 * fields.day)


def _monthly_rain(fields: Fields, _band: BandSchema) -> Array:
    """Metres in a month."""
    return 0.1 * (0.6 + 0.4 * fields.ripple(12.0, 0.059 * fields.day)) * np.cos(np.radians(fields.latitude))


BAND_FIELDS: dict[str, BandField] = {
    "constant": lambda fields, band: np.broadcast_to(np.float64(band.value), fields.elevation.shape),
    "elevation": lambda fields, _band: fields.elevation,
    "reflectance": lambda fields, band: np.maximum(fields.reflectance(band.at), 0.0005),
    "true_colour": lambda fields, band: np.maximum(fields.reflectance(band.at) * 255 / 0.3, 1),
    "aerosol": lambda fields, _band: 0.15 + 0.05 * fields.ripple(2.1, 0.032 * fields.day),
    "vapour": lambda fields, _band: np.clip(0.08 * (fields.temperature - 250), 0.1, 6),
    "scl": _scene_classes,
    "clear_score": lambda fields, _band: 1 - fields.cloud / 100,
    "cloud_probability": lambda fields, _band: fields.cloud,
    "snow_probability": lambda fields, _band: 100 * fields.snow * ~fields.cloudy,
    "qa60": _qa60,
    "opaque": lambda fields, _band: fields.cloudy * 1,
    "cirrus": lambda fields, _band: fields.cirrus * 1,
    "snow_ice": lambda fields, _band: (fields.snow > 0.5) * 1,
    "qa_pixel": _qa_pixel,
    "qa_aerosol": lambda fields, _band: 66 + 4 * fields.water,
    "skin_temperature": _skin_temperature,
    "emissivity": lambda fields, _band: np.where(fields.water, 0.99, 0.96 + 0.02 * fields.greenness),
    "cloud_distance": lambda fields, _band: np.maximum(50 - fields.cloud, 0) / 5,
    "air_temperature": lambda fields, band: fields.temperature + band.value,
    "dew_point": lambda fields, _band: fields.temperature - 4 - 3 * fields.ripple(9.0, 0.08 * fields.day),
    "surface_pressure": _surface_pressure,
    "sea_level_pressure": _sea_level_pressure,
    "wind_u": lambda fields, _band: 6 * fields.ripple(19.0, 0.143 * fields.day),
    "wind_v": lambda fields, _band: 5 * fields.ripple(19.0, 0.143 * fields.day + 0.16),
    "water_body": lambda fields, _band: fields.water * 255,
    "daily_rain_metres": lambda fields, _band: fields.rain / 1000,
    "daily_rain": lambda fields, _band: fields.rain,
    "monthly_rain": _monthly_rain,
}
"""Physical values by the name that the table of datasets gives them."""
