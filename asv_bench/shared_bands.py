"""What bands that share a computation cost by how they are read: requests, bytes, and EECU-seconds.

Three bands of a collection whose clouds are masked by a fourth, in a small area. EECU-seconds are those of the local
Earth Engine's profiles: its own model, in which loading a band of an image costs the most.

    python asv_bench/shared_bands.py
"""

from __future__ import annotations

import json
import urllib.request
from functools import partial
from typing import TYPE_CHECKING, Any

import ee
import xarray as xr

from xee_lite import emulator

if TYPE_CHECKING:
    from collections.abc import Callable

    from xee_lite.emulator import Emulator

PROFILING = {"Content-Type": "application/json", "X-Earth-Engine-Computation-Profiling": "1"}
PLACE = (3.05, 43.55, 3.06, 43.56)


def clear(image: ee.Image) -> ee.Image:
    """Without clouds, their shadows and snow, by the scene classification."""
    classes = image.select("SCL")
    return image.updateMask(classes.neq(3).And(classes.lt(8))).select(["B4", "B8", "B11"])


def profiled(earth: Emulator) -> tuple[int, int, float]:
    """Requests for pixels in the log, and bytes and EECU-seconds of their like, which are sent with profiling."""
    size, ids = 0, []
    requests = earth.requests.of("computePixels")
    for sent in requests:
        request = urllib.request.Request(earth.url + sent.path, json.dumps(sent.body).encode(), PROFILING)  # noqa: S310
        with urllib.request.urlopen(request) as reply:  # noqa: S310 - of the local server
            size += len(reply.read())
            ids.append(reply.headers["X-Earth-Engine-Computation-Profile"])
    rows: Any = ee.ApiFunction.lookup("Profile.getProfiles").call(ids=ids, format="json").getInfo()
    return len(requests), size, sum(row["eecuSeconds"] for row in rows)


def main() -> None:
    """Print the table."""
    with emulator.start() as earth:
        earth.initialize()
        scenes = ee.ImageCollection("COPERNICUS/S2_SR_HARMONIZED").filterDate("2023-06-01", "2023-07-01").map(clear)

        opened = partial(xr.open_dataset, scenes, engine="xee_lite", bbox=PLACE)
        ways: dict[str, Callable[[], object]] = {
            "variables, `chunks={}`": lambda: opened(chunks={}).compute(),
            '`band_dim="band"`, `chunks={}`': lambda: opened(band_dim="band", chunks={}).compute(),
            "variables without Dask, `ds.load()`": lambda: opened().load(),
        }
        print("| way | requests | bytes | EECU-seconds |\n|---|---|---|---|")
        for name, read in ways.items():
            earth.requests.clear()
            read()
            count, size, cost = profiled(earth)
            print(f"| {name} | {count} | {size:,} | {cost:.2f} |")


if __name__ == "__main__":
    main()
