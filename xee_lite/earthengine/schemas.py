"""Collections whose images differ in their bands: refused, with how many images lack which band."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import InputError, brief

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ee

    from .kinds import Kinds
    from .session import Session

_BANDS = "xee_lite_bands"
"""A property of our own, set on each image within the request that counts band names."""
_SEPARATOR = "|"


def check_schemas(
    session: Session, collection: ee.ImageCollection, name: str, kinds: Kinds, bands: tuple[str, ...] | None
) -> None:
    """Refuse a collection whose images do not all have the bands that will be read.

    Parameters
    ----------
    session : Session
    collection : ee.ImageCollection
    name : str
        What the collection is called, for messages.
    kinds : Kinds
        Of its images: only where these differ in their bands is the service asked for more.
    bands : tuple of str, optional
        Those that will be read; None for all.

    Raises
    ------
    InputError
        If some image lacks a band that will be read.
    """
    sets = kinds.band_sets
    every = frozenset.union(*sets)
    # A name that no image has is refused elsewhere, with all other unknown names.
    needed = every if bands is None else every & frozenset(bands)
    if not all(needed <= own for own in sets):
        raise _difference(name, _counts(session, collection, name), bands)


def _counts(session: Session, collection: ee.ImageCollection, name: str) -> Mapping[str, int]:
    """How many images have which bands, by the joined names of these."""
    named = collection.map(lambda image: image.set(_BANDS, image.bandNames().join(_SEPARATOR)))
    counts: Mapping[str, int] = session.evaluate(named.aggregate_histogram(_BANDS), name)
    return counts


def _difference(name: str, counts: Mapping[str, int], bands: tuple[str, ...] | None) -> InputError:
    total = sum(counts.values())
    if without := counts.get("", 0):
        return InputError(
            f"{without} of {total} images of {name} have no bands: filter them out, for example collection.map(lambda "
            "image: image.set('n', image.bandNames().size())).filter(ee.Filter.gt('n', 0))."
        )
    sets = {schema: frozenset(schema.split(_SEPARATOR)) for schema in counts}
    common = frozenset.intersection(*sets.values())
    needed = frozenset(bands) if bands is not None else frozenset.union(*sets.values())
    missing = min(needed - common)
    count = sum(images for schema, images in counts.items() if missing not in sets[schema])
    shared = [band for band in next(iter(counts)).split(_SEPARATOR) if band in common]
    advice = (
        f"pass bands={brief(shared)}, or filter those images out" if shared else "filter the collection to like images"
    )
    return InputError(
        f"The images of {name} differ in their bands: {brief(missing)} is absent from {count} of {total}; {advice}."
    )
