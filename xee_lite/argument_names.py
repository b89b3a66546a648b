"""Names of arguments that do not exist here, and what those who write them mean."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from .errors import brief

if TYPE_CHECKING:
    from collections.abc import Sequence

_XEE = {
    "io_chunks": "a chunk is a request here, so pass chunks=",
    "n_images": "pass collection.limit(n)",
    "primary_dim_name": "pass dim=, the name of a property",
    "primary_dim_property": "pass dim=, the name of a property",
    "ee_mask_value": "pass nodata=, or nothing for exact masks",
    "request_byte_limit": "pass request_bytes=",
    "executor_kwargs": "call xee_lite.set_options(max_concurrent_requests=...)",
    "getitem_kwargs": "call xee_lite.set_options(request_deadline=...)",
    "fast_time_slicing": "leave it out, since each image is asked for by its own expression",
    "ee_init_kwargs": "leave it out, since workers initialise themselves",
    "ee_init_if_necessary": "leave it out, since workers initialise themselves",
}
"""What those who come from Xee pass instead; what has the same meaning has the same name."""

_ELSEWHERE = {
    "aoi": "pass bbox=(west, south, east, north) in degrees, or geometry=",
    "average": "pass resampling='mean', or combine='mean' with groupby=",
    "bounds": "pass bbox=(west, south, east, north) in degrees",
    "composite": "pass combine= beside groupby=",
    "cubic": "pass resampling='bicubic'",
    "date": "filter the collection by filterDate(start, end)",
    "dates": "filter the collection by filterDate(start, end)",
    "datetime": "filter the collection by filterDate(start, end)",
    "end_date": "filter the collection by filterDate(start, end)",
    "epsg": "pass crs=",
    "fill_value": "pass nodata=, or nothing for exact masks",
    "geobox": "pass grid=, or like= with georeferenced data",
    "geopolygon": "pass geometry=",
    "interpolation": "pass resampling='bilinear' or 'bicubic'",
    "measurements": "pass bands=",
    "projection": "pass crs=",
    "reducer": "pass resampling= for the pixels of an image, or combine= with groupby= for images",
    "region": "pass bbox=(west, south, east, north) in degrees, or geometry=",
    "resample": "pass resampling=",
    "resolution": "pass scale= in metres, or transform= in units of the CRS",
    "roi": "pass bbox=(west, south, east, north) in degrees, or geometry=",
    "start_date": "filter the collection by filterDate(start, end)",
    "time": "filter the collection by filterDate(start, end), or select times of the dataset by sel(time=...)",
    "variables": "pass bands=",
}
"""What the same is called in other libraries, in Earth Engine and in talk."""


def refusal_of(unknown: object, known: Sequence[str]) -> str:
    """The sentence about an argument that does not exist: what to pass in its place, or all that there are."""
    if isinstance(unknown, str) and unknown in _XEE:
        return f"{unknown}= is Xee's: {_XEE[unknown]}."
    if isinstance(unknown, str) and unknown in _ELSEWHERE:
        return f"{unknown}= is no argument of engine='xee_lite': {_ELSEWHERE[unknown]}."
    name = unknown[:100] if isinstance(unknown, str) else brief(unknown)
    near = difflib.get_close_matches(name, known, n=2, cutoff=0.7)  # chosen: difflib's own 0.6 suggests more
    meant = f"did you mean {' or '.join(f'{match}=' for match in near)}? " if near else ""
    return f"{name}= is no argument of engine='xee_lite': {meant}it has {', '.join(known)}."
