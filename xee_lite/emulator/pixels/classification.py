"""Classification of pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..images.arrays import derive_band, scatter
from ..images.image import ArrayPixels, Band, Pixels, Sampler
from ..images.pixelwise import choose_template, lowest
from ..types import DOUBLE, INT32, PixelType

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from ..classifiers.classifier import Classifier


def classify(bands: Sequence[Band], classifier: Classifier, name: str) -> Band:
    """The results of a classifier for the pixels that are valid in all of its bands.

    The type is a double or, where all classes of the training are integers, one of them; whether
    results are arrays is found with a record of ones. Which types the service gives is not documented.
    """
    rule = classifier.rule
    sample = rule(np.ones((1, len(bands))))
    whole = classifier.mode == "CLASSIFICATION" and classifier.whole
    type_ = INT32 if whole else DOUBLE
    if sample.ndim == 2:
        type_ = PixelType(type_.precision, type_.min, type_.max, dimensions=1)

    def results(sampler: Sampler) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float32]]:
        """What the rule finds at the pixels where it finds anything, and the mask, 0 elsewhere."""
        pixels = [sampler(band) for band in bands]
        mask = np.array(np.broadcast_to(lowest(*(one.mask for one in pixels)), sampler.shape))
        valid = mask > 0
        found = rule(
            np.column_stack([np.broadcast_to(one.values, sampler.shape)[valid] for one in pixels]).astype(float)
        )
        known = np.isfinite(found) if found.ndim == 1 else np.isfinite(found).all(axis=1)
        mask[valid] = np.where(known, mask[valid], 0)
        return found[known], mask

    def numbers(sampler: Sampler) -> Pixels:
        found, mask = results(sampler)
        values = np.zeros(sampler.shape, type_.storage)
        values[mask > 0] = found
        return Pixels(values, mask)

    def arrays(sampler: Sampler) -> ArrayPixels:
        found, mask = results(sampler)
        values = np.empty(sampler.shape, object)
        scatter(values, np.flatnonzero(mask > 0), found.astype(type_.storage))
        return ArrayPixels(values, mask)

    template = choose_template(bands[0], *bands)
    if type_.dimensions:
        return derive_band(template, arrays, type_, name)
    return template.derived(numbers, *bands, name=name, type_=type_)
