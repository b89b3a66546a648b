"""A variable over time and depth: each slice is the one that its coordinates name, and both can be dimensions."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from urllib.request import urlopen

import numpy as np
import pytest
import xarray as xr

from tests.client.earthengine.front import Front, raw
from tests.client.imageserver.services import assets, bands_of, floats
from tests.client.scenes import DAY, ID, START
from xee_lite.emulator.imageserver.options import ImageServerOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.client.scenes import Serve

TIMES = [START + day * DAY for day in range(3)]
BANDS = {-10: "a", -30: "b"}
"""The band of the local service that is served at each depth."""


class Depths(Front):
    """A local Image Server with one variable, whose bands are values of a further dimension."""

    def own_answer(self, path: str) -> bytes | None:
        address = urlsplit(path)
        form = dict(parse_qsl(address.query))
        if address.path.endswith("multidimensionalInfo"):
            dimensions = [{"name": "StdTime", "values": TIMES}, {"name": "StdZ", "unit": "m", "values": list(BANDS)}]
            variable = {"name": "salinity", "unit": "psu", "dimensions": dimensions}
            return raw(200, json.dumps({"multidimensionalInfo": {"variables": [variable]}}).encode())
        if not address.path.endswith("exportImage"):
            return None
        time, depth = json.loads(form["mosaicRule"])["multidimensionalDefinition"]
        assert (time["variableName"], time["dimensionName"], depth["dimensionName"]) == ("salinity", "StdTime", "StdZ")
        plain = {**time, "variableName": BANDS[depth["values"][0]]}
        form["mosaicRule"] = json.dumps({"multidimensionalDefinition": [plain]})
        with urlopen(f"http://{self.upstream}{address.path}?{urlencode(form)}") as reply:
            return raw(200, reply.read())


@pytest.fixture
def url(serve: Serve) -> Iterator[str]:
    earth = serve(assets=assets(), image_server=ImageServerOptions(multidimensional=True))
    with Depths(earth.url) as front:
        thread = threading.Thread(target=front.serve_forever, args=[0.01])
        thread.start()
        yield front.url + urlsplit(earth.image_server_url(ID)).path
        front.shutdown()
        thread.join()


def opened(url: str, **options: Any) -> xr.Dataset:
    return xr.open_dataset(url, engine="xee_lite", **options)


def test_slices_lie_along_id_with_their_coordinates(url: str) -> None:
    found = opened(url)
    assert found.salinity.dims == ("id", "y", "x")
    assert found.StdZ.values.tolist() == list(BANDS) * 3
    for number, (time, depth) in enumerate(zip(found.time.values, found.StdZ.values.tolist(), strict=True)):
        day = TIMES.index(time.astype("M8[ms]").astype(int))
        np.testing.assert_array_equal(found.salinity[number], floats(bands_of(day)[BANDS[depth]], "f4"))


def test_with_dask_they_become_dimensions_without_a_read(url: str) -> None:
    slices = opened(url, chunks={})
    found = slices.drop_vars("id").set_index(id=["time", "StdZ"]).unstack("id").transpose("time", "StdZ", "y", "x")
    assert found.salinity.chunks is not None
    assert dict(found.sizes) == {"time": 3, "StdZ": 2, "y": 57, "x": 83}
    for day in range(3):
        for depth, band in BANDS.items():
            values = found.salinity.sel(time=np.datetime64(TIMES[day], "ms"), StdZ=depth)
            np.testing.assert_array_equal(values, floats(bands_of(day)[band], "f4"))
