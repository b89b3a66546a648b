"""Every pixel arrives, and the right one, whatever happens to requests on their way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dask
import numpy as np
import pytest
import xarray as xr

from tests.client.scenes import ID, SHAPE, filled, stack
from xee_lite import InputError, PermanentError, set_options
from xee_lite.emulator import Burst, Faults, Latency, Quota
from xee_lite.emulator.faults.kinds import Fault

if TYPE_CHECKING:
    import numpy.typing as npt

    from tests.client.scenes import Serve

pytestmark = pytest.mark.filterwarnings("ignore:The specified chunks separate")

COUNT = 16
PASSING = tuple(fault for fault in Fault if fault not in (Fault.MEMORY, Fault.TIMEOUT, Fault.HOLLOW))
"""Faults that another attempt gets over; hollow TIFFs are Image Servers'."""


def read(**options: Any) -> npt.NDArray[Any]:
    """All images, a request each, more at once than there are cores: nobody waits for another's pause."""
    with set_options(request_deadline=60), dask.config.set(scheduler="threads", num_workers=COUNT):
        pixels: npt.NDArray[Any] = xr.open_dataset(ID, engine="xee_lite", chunks={"time": 1}, **options)["B1"].values
    return pixels


@pytest.mark.parametrize("fault", PASSING)
def test_what_passes_is_got_over(serve: Serve, fault: str) -> None:
    assets, truth = stack(COUNT)
    earth = serve(assets=assets, faults=Faults(rates={fault: 0.25}, stall_seconds=0.05, seed=4))
    np.testing.assert_array_equal(read(), filled(truth, "f4"))
    met = [request.fault for request in earth.requests.of("computePixels")]
    assert met.count("") == COUNT if fault != "stall" else len(met) == COUNT
    assert met.count(fault) >= 2


@pytest.mark.parametrize("wrong", ["wrong-magic", "wrong-type", "wrong-shape", "wrong-bands", "html"])
def test_a_wrong_reply_after_an_outage_is_asked_for_again(serve: Serve, wrong: str) -> None:
    """The fifth attempt was the last one for a wrong reply, whatever the four before had met."""
    assets, truth = stack(1)
    earth = serve(assets=assets)
    data = xr.open_dataset(ID, engine="xee_lite")["B1"]
    earth.faults.next("computePixels", ["503"] * 4 + [wrong])
    with set_options(request_deadline=60):
        np.testing.assert_array_equal(data.values, filled(truth, "f4"))


def test_a_wrong_type_is_blamed_on_the_images_only_when_it_is_confirmed(serve: Serve) -> None:
    assets, _ = stack(1)
    earth = serve(assets=assets)
    data = xr.open_dataset(ID, engine="xee_lite", cache=False)["B1"]
    with set_options(request_deadline=60):
        earth.faults.next("computePixels", ["wrong-magic", "wrong-shape", "wrong-bands", "wrong-magic", "wrong-type"])
        with pytest.raises(PermanentError, match=r"but '.u2' was asked for"):
            data.load()
        earth.faults.next("computePixels", ["503", *["wrong-type"] * 5])
        with pytest.raises(InputError, match="cast the images to one type"):
            data.load()


@pytest.mark.parametrize("limit", ["memory_limit", "time_limit"])
def test_what_is_too_much_is_read_in_parts_that_are_not(serve: Serve, limit: str) -> None:
    assets, truth = stack(COUNT)
    most = 3 * 2 * int(np.prod(SHAPE))
    earth = serve(assets=assets, faults=Faults(**{limit: most}))  # type: ignore[arg-type]
    data = xr.open_dataset(ID, engine="xee_lite")["B1"]
    np.testing.assert_array_equal(data.values, filled(truth, "f4"))
    met = [request.fault for request in earth.requests.of("computePixels")]
    assert met.count("") == 8, "two images each, a value and its mask counting as two bands"
    assert len(met) < 16, "what was too much once is not asked for again"


def test_all_at_once(serve: Serve) -> None:
    assets, truth = stack(COUNT)
    faults = Faults(
        rates=dict.fromkeys(Fault, 0.013),
        latency=Latency(seconds=0.01, tail=1.0),
        bandwidth=100_000,
        quota=Quota(concurrent=12),
        burst=Burst(rate=0.2, length=4),
        stall_seconds=0.05,
        seed=5,
    )
    earth = serve(assets=assets, faults=faults)
    np.testing.assert_array_equal(read(), filled(truth, "f4"))
    met = [request.fault for request in earth.requests.of("computePixels")]
    assert met.count("503") >= 4  # the second four requests to arrive
