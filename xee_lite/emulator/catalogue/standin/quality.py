"""Quality bands: bits and classes that agree with the clouds, shadows, snow and lakes of the fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .first_match import first_match

if TYPE_CHECKING:
    from .fields import Fields
    from .schema import BandSchema
    from .waves import Array


def scene_classes(fields: Fields, _band: BandSchema) -> Array:
    """Classes of Sentinel-2's SCL."""
    return first_match(
        [
            fields.cloud >= 80,
            fields.cloudy,
            fields.cirrus,
            fields.shadow,
            fields.snowy,
            fields.water,
            fields.cloud >= 35,
            fields.greenness > 0.4,
        ],
        [9, 8, 10, 3, 11, 6, 7, 4],
        5,
    )


def qa60(fields: Fields, _band: BandSchema) -> Array:
    """Bits of Sentinel-2's QA60."""
    return _bits((fields.cloudy, 10), (fields.cirrus, 11))


def qa_pixel(fields: Fields, band: BandSchema) -> Array:
    """Bits of Landsat Collection 2's QA_PIXEL; with a field value of 0 those of sensors that do not see cirrus."""
    dilated = (fields.cloud >= 40) & ~fields.cloudy
    clear = ~(fields.cloudy | dilated)
    confidence = first_match([fields.cloudy, fields.cloud >= 35], [3, 2], 1)
    bits = _bits(
        (dilated, 1),
        (fields.cloudy, 3),
        (fields.shadow, 4),
        (fields.snowy, 5),
        (clear, 6),
        (fields.water, 7),
        (confidence, 8),
        (_level(fields.shadow), 10),
        (_level(fields.snowy), 12),
    )
    return bits + _bits((fields.cirrus, 2), (_level(fields.cirrus), 14)) if band.at else bits


def cloud_qa(fields: Fields, _band: BandSchema) -> Array:
    """Bits of SR_CLOUD_QA, of Landsat 4 to 7."""
    near = (fields.cloud >= 40) & ~fields.cloudy
    dense = (fields.greenness > 0.7) & ~fields.cloudy
    return _bits((dense, 0), (fields.cloudy, 1), (fields.shadow, 2), (near, 3), (fields.snowy, 4), (fields.water, 5))


def modis_state(fields: Fields, _band: BandSchema) -> Array:
    """Bits of state_1km."""
    state = first_match([fields.cloudy, fields.cloud >= 35], [1, 2], 0)
    return _bits(
        (state, 0),
        (fields.shadow, 2),
        (_land_or_lake(fields), 3),
        (3 * fields.cirrus.view(np.uint8), 8),
        (fields.cloudy, 10),
        (fields.snowy, 12),
        (fields.snowy, 15),
    )


def detailed_vegetation(fields: Fields, _band: BandSchema) -> Array:
    """Bits of DetailedQA, of the vegetation indices."""
    return _bits((_land_or_lake(fields), 11), (fields.snowy, 14))


def vegetation_summary(fields: Fields, _band: BandSchema) -> Array:
    """Ranks of SummaryQA: 0 good, 2 snow."""
    return 2 * fields.snowy.view(np.uint8)


def _land_or_lake(fields: Fields) -> Array:
    """MODIS' classes of land and water: 1 is land, 3 shallow inland water."""
    return _level(fields.water)


def _level(flag: Array) -> Array:
    """Confidence of a flag: 3 is high, 1 is low."""
    return 1 + 2 * flag.view(np.uint8)


def _bits(*parts: tuple[Array, int]) -> Array:
    """Flags, and numbers of few bits, from the bits on where each begins: 16 in all."""
    total = np.zeros(parts[0][0].shape, np.uint16)
    for part, bit in parts:
        total += part * np.uint16(1 << bit)
    return total
