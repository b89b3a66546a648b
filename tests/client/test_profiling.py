"""What requests cost, as the service's own profiles tell it."""

from __future__ import annotations

import pickle
import threading
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
import xarray as xr
from google.oauth2.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

import xee_lite
from tests.client.earthengine.front import Front
from tests.client.scenes import ID, SHAPE, filled, image, pixels, stack
from tests.client.test_secrets import SECRETS, assert_no_secret
from xee_lite import emulator
from xee_lite.earthengine.profile import total
from xee_lite.emulator import memory_collection
from xee_lite.errors import WireError
from xee_lite.explain import Explanation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.client.scenes import Serve
    from xee_lite.emulator import Emulator

IMAGE_BYTES = 5 * int(np.prod(SHAPE))
"""Of one image in a request: float32 and a mask."""


IMAGE_COST = 0.29
"""EECU-seconds of a request for one: a quarter to load its band, and the rest to make bands of it and of its mask."""


def opened(chunks: Any = None, obj: Any = ID, images: int = 1) -> xr.Dataset:
    """A request for each so many images, which Dask's tasks make where there are chunks."""
    return xr.open_dataset(obj, engine="xee_lite", chunks=chunks, request_bytes=images * IMAGE_BYTES, cache=False)


def profiled(ids: list[str]) -> float:
    """What the official client says of profiles."""
    rows = ee.apifunction.ApiFunction.lookup("Profile.getProfiles").call(ids=ids, format="json").getInfo()
    return sum(float(row["eecuSeconds"]) for row in rows)


@pytest.fixture
def done() -> Iterator[list[xee_lite.Done]]:
    heard: list[xee_lite.Done] = []
    stop = xee_lite.subscribe(lambda event: heard.append(event) if isinstance(event, xee_lite.Done) else None)
    yield heard
    stop()


def answers(earth: Emulator, *kinds: str) -> list[Any]:
    return [request for request in earth.requests if request.kind in kinds and request.status == 200]


def is_profiles(request: Any) -> bool:
    return b"Profile.getProfiles" in request.raw


@pytest.mark.parametrize("chunks", [None, {}])
def test_the_cost_is_what_the_official_client_says(serve: Serve, done: list[xee_lite.Done], chunks: Any) -> None:
    assets, truth = stack(8)
    earth = serve(assets=assets)
    with xee_lite.profile() as cost:
        np.testing.assert_array_equal(opened(chunks)["B1"].values, filled(truth, "f4"))
    assert cost.total.requests == 9, "the description of the collection and eight images"
    assert cost.total.unknown == 0
    own = [request for request in answers(earth, "computePixels", "computeValue") if not is_profiles(request)]
    assert len(own) == 9
    assert cost.total.bytes == sum(request.sent for request in own)
    ids = [name for event in done for name in event.profiles]
    assert len(ids) == 9, "an event names the profile of each"
    assert cost.total.eecu_seconds == pytest.approx(profiled(ids), abs=0.02)
    assert cost.total.eecu_seconds == pytest.approx(8 * IMAGE_COST, rel=0.05), "for each image"


def test_nothing_is_asked_for_where_nobody_counts(serve: Serve, done: list[xee_lite.Done]) -> None:
    earth = serve(assets=stack(2)[0])
    with xee_lite.profile() as cost:
        pass
    opened()["B1"].load()
    assert str(cost) == "no requests"
    assert [event.profiles for event in done] == [()] * 3
    assert not any(map(is_profiles, earth.requests))


def test_assets_are_told_apart_and_added_up(serve: Serve) -> None:
    one, two = (
        stack(2)[0][ID],
        memory_collection([image({"B1": pixels("u2")}, "j0"), image({"B1": pixels("u2")}, "j1")]),
    )
    serve(assets={ID: one, f"{ID}_two": two})
    with xee_lite.profile() as cost:
        opened()["B1"].load()
        opened(obj=f"{ID}_two").isel(time=[0])["B1"].load()
    parts = cost.by_asset
    assert set(parts) == {ID, f"{ID}_two"}
    assert (parts[ID].requests, parts[f"{ID}_two"].requests) == (3, 2)
    assert parts[ID].eecu_seconds == pytest.approx(2 * IMAGE_COST, rel=0.05)
    assert cost.total == parts[ID] + parts[f"{ID}_two"]
    first, *lines = str(cost).splitlines()
    assert first.startswith("0.8")
    assert "EECU-seconds, 5 requests" in first
    assert len(lines) == 2


def test_many_profiles_are_fetched_in_batches_that_are_not_counted(serve: Serve) -> None:
    """Also more than the service keeps."""
    images = [image({"B1": pixels("u1", shape=(2, 2))}, f"i{number}", number) for number in range(1100)]
    earth = serve(assets={ID: memory_collection(images)})
    with xee_lite.profile() as cost:
        data = xr.open_dataset(ID, engine="xee_lite", chunks={"time": 1})
        data["B1"].load()
    assert (cost.total.requests, cost.total.unknown) == (1101, 0)
    assert cost.total.eecu_seconds == pytest.approx(1100 * IMAGE_COST, rel=0.05)
    assert len(list(filter(is_profiles, earth.requests))) == 12, "eleven hundred and one in hundreds"


def test_blocks_nest_and_count_alike(serve: Serve) -> None:
    serve(assets=stack(2)[0])
    with xee_lite.profile() as outer:
        dataset = opened()
        with xee_lite.profile() as inner:
            dataset["B1"].load()
    assert (inner.total.requests, outer.total.requests) == (2, 3)
    assert inner.total.eecu_seconds is not None
    assert outer.total.eecu_seconds is not None
    assert inner.total.eecu_seconds < outer.total.eecu_seconds


def test_attempts_that_failed_are_paid_for(serve: Serve) -> None:
    """A refusal that the service profiled costs as well; one of the network in between has no profile."""
    earth = serve(assets=dict(stack(1)[0]))
    dataset = opened()
    earth.faults.next("computePixels", ["503"])
    with xee_lite.set_options(request_deadline=60), xee_lite.profile() as cost:
        dataset["B1"].load()
    assert (cost.total.requests, cost.total.unknown) == (1, 0)


def test_profiles_that_do_not_come_leave_the_cost_unknown(serve: Serve) -> None:
    earth = serve(assets=dict(stack(2)[0]))
    dataset = opened()
    earth.faults.next("computeValue", ["503"])
    with pytest.warns(xee_lite.XeeLiteWarning, match="stays unknown"), xee_lite.profile() as cost:
        dataset["B1"].load()
    assert cost.total.eecu_seconds is None
    assert (cost.total.requests, cost.total.unknown) == (2, 2)
    assert "cost unknown" in str(cost)
    assert "EECU" not in str(cost)


def test_an_error_within_the_block_is_raised_and_what_it_cost_is_told(serve: Serve) -> None:
    serve(assets=stack(1)[0])
    costs = []

    def read() -> None:
        with xee_lite.profile() as cost:
            costs.append(cost)
            opened()["B1"].load()
            raise KeyError

    with pytest.raises(KeyError):
        read()
    assert costs[0].total.eecu_seconds == pytest.approx(IMAGE_COST, rel=0.1)


@pytest.fixture
def mute(serve: Serve) -> Iterator[Front]:
    """A service that sends no profiles: the header of its replies is lost on the way."""
    serve(assets=dict(stack(4)[0]))
    front = Front(ee.data._get_state().cloud_api_base_url)
    thread = threading.Thread(target=front.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    ee.Initialize(ee.data._get_state().credentials, url=front.url, project="test-project")
    yield front
    front.shutdown()
    front.server_close()
    thread.join()
    ee.Reset()


@pytest.mark.usefixtures("mute")
def test_a_service_without_profiles_has_an_unknown_cost() -> None:
    with xee_lite.profile() as cost:
        dataset = opened()
        plan = xee_lite.explain(dataset)
        dataset["B1"].load()
    assert cost.total.eecu_seconds is None
    assert (cost.total.requests, cost.total.unknown) == (5, 5)
    estimate = plan.cost()
    assert (estimate.eecu_seconds, estimate.low, estimate.high) == (None, None, None)
    assert str(estimate) == "cost unknown: the service did not tell that of 3 of 4 requests"


@pytest.mark.usefixtures("mute")
def test_a_limit_that_can_not_be_kept_stops_after_the_first_request(mute: Front) -> None:
    dataset = opened()
    mute.asked.clear()
    with (
        xee_lite.set_options(eecu_limit=100),
        pytest.raises(xee_lite.BudgetError, match="the service sent no profile"),
    ):
        dataset["B1"].load()
    assert len(mute.asked) == 1


def test_a_sample_tells_the_cost_of_all(serve: Serve) -> None:
    earth = serve(assets=stack(20)[0])
    dataset = opened(images=3)
    plan = xee_lite.explain(dataset)
    assert plan.count == 7
    with xee_lite.profile() as cost:
        dataset["B1"].load()
    whole = cost.total.eecu_seconds
    assert whole is not None

    earth.requests.clear()
    estimate = plan.cost(sample=3)
    sent = [request.raw for request in answers(earth, "computePixels")]
    assert len(sent) == 3
    assert (estimate.sampled, estimate.requests) == (3, 7)
    assert estimate.eecu_seconds is not None
    assert estimate.eecu_seconds == pytest.approx(whole, rel=0.05)
    assert estimate.low is not None
    assert estimate.high is not None
    assert estimate.low <= estimate.eecu_seconds <= estimate.high
    assert str(estimate).startswith("about 5.")
    assert str(estimate).endswith("measured on 3 of 7 requests")

    earth.requests.clear()
    assert plan.cost(sample=3) == estimate
    assert sorted(request.raw for request in answers(earth, "computePixels")) == sorted(sent), "the same ones"

    exact = plan.cost(sample=100)
    assert exact.low == exact.eecu_seconds == exact.high == pytest.approx(whole, abs=0.05)
    assert exact.sampled == 7


def test_unlike_requests_give_a_spread(serve: Serve) -> None:
    """The last images are stored, the first computed from two others each: the sample has both."""
    first = memory_collection([image({"B1": pixels("u2", number)}, f"i{number}", number) for number in range(6)])
    serve(assets={ID: first})
    collection = ee.ImageCollection(ID)
    heavy = collection.limit(2).map(lambda each: each.addBands(each.convolve(ee.Kernel.square(2)).rename("more")))
    estimate = xee_lite.explain(opened(obj=heavy)).cost(sample=3)
    assert estimate.low is not None
    assert estimate.high is not None
    assert estimate.low <= estimate.high


def test_nothing_to_read_costs_nothing(serve: Serve) -> None:
    serve(assets=stack(1)[0])
    plan = xee_lite.explain(opened().isel(time=slice(0)))
    assert str(plan.cost()) == "nothing to request"


@pytest.mark.parametrize("sample", [0, -1, 1.5, True, "3", None])
def test_a_sample_is_a_number_of_requests(sample: Any) -> None:
    with pytest.raises(xee_lite.InputError, match="sample is "):
        Explanation(()).cost(sample)


@pytest.mark.parametrize("chunks", [None, {}])
@pytest.mark.parametrize("limit", [0.0, 0.2, 1.0, 3.1])
def test_a_run_stops_before_the_limit(serve: Serve, done: list[xee_lite.Done], chunks: Any, limit: float) -> None:
    earth = serve(assets=stack(20)[0])
    dataset = opened(chunks)
    done.clear()
    with xee_lite.set_options(eecu_limit=limit), pytest.raises(xee_lite.BudgetError) as caught:
        dataset["B1"].load()
    ids = [name for event in done for name in event.profiles]
    cost = profiled(ids) if ids else 0.0
    assert caught.value.used == pytest.approx(cost, abs=0.02)
    if limit > IMAGE_COST:
        assert limit - 2 * IMAGE_COST < cost <= limit, "as far as it goes, and no further"
    else:
        assert len(ids) <= (limit > 0), "the cost of the first is not known before"
    assert all(event.error is None for event in done), "those under way finished"
    assert len(answers(earth, "computePixels")) == len(ids)
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("xee_lite_")]
    assert f"eecu_limit={limit:g} " in str(caught.value)


def test_a_stopped_export_is_whole_chunks_and_goes_on(serve: Serve, tmp_path: Path) -> None:
    """The way of the page on costs: write by region, and go on with what is missing."""
    earth = serve(assets=stack(12)[0])
    dataset = opened({"time": 1}).drop_vars(["id", "spatial_ref"], errors="ignore")
    store = tmp_path / "stack.zarr"
    dataset.to_zarr(store, compute=False, consolidated=False)
    written: list[int] = []

    def write(steps: range) -> None:
        for step in steps:
            dataset.isel(time=[step]).to_zarr(store, region="auto", consolidated=False)
            written.append(step)

    with xee_lite.set_options(eecu_limit=1.5), pytest.raises(xee_lite.BudgetError):
        write(range(12))
    assert written == [0, 1, 2, 3, 4]
    half = xr.open_zarr(store, consolidated=False)["B1"]
    truth = opened()["B1"].load()
    np.testing.assert_array_equal(half[:5], truth[:5])
    assert half[5:].isnull().all()
    earth.requests.clear()
    with xee_lite.set_options(eecu_limit=10):
        write(range(5, 12))
    np.testing.assert_array_equal(xr.open_zarr(store, consolidated=False)["B1"], truth)
    assert earth.requests.counts()["computePixels"] == 7


def test_one_export_of_many_chunks_has_no_half_of_one(serve: Serve, tmp_path: Path) -> None:
    serve(assets=stack(12)[0])
    dataset = opened({"time": 1}).drop_vars(["id", "spatial_ref"], errors="ignore")
    with xee_lite.set_options(eecu_limit=1.5), pytest.raises(xee_lite.BudgetError):
        dataset.to_zarr(tmp_path / "stack.zarr", consolidated=False)
    half = xr.open_zarr(tmp_path / "stack.zarr", consolidated=False)["B1"].load()
    truth = opened()["B1"].load()
    whole = [step for step in range(12) if half[step].notnull().any()]
    assert 0 < len(whole) <= 5
    np.testing.assert_array_equal(half[whole], truth[whole])


def test_a_limit_counts_from_when_it_is_set_and_inner_blocks_count_outside(serve: Serve) -> None:
    serve(assets=stack(8)[0])
    dataset = opened()["B1"]
    with xee_lite.set_options(eecu_limit=1.2):
        with xee_lite.set_options(eecu_limit=0.9):
            dataset.isel(time=slice(0, 3)).load()
        with pytest.raises(xee_lite.BudgetError):
            dataset.isel(time=slice(3, 6)).load()
    dataset.load()
    with xee_lite.set_options(eecu_limit=1.2):
        dataset.isel(time=slice(3, 6)).load()


def test_a_failure_within_a_limit_leaves_nothing_behind(serve: Serve) -> None:
    """What failed is no longer under way: else the next read would wait for it for ever."""
    earth = serve(assets=dict(stack(8)[0]))
    dataset = opened()["B1"]
    with xee_lite.set_options(eecu_limit=100):
        dataset.isel(time=[0]).load()
        earth.faults.next("computePixels", ["wrong-shape", "503", "reset"])
        with pytest.raises(xee_lite.RequestError):
            dataset.load()
        assert dataset.load().notnull().any()
        with pytest.raises(xee_lite.BudgetError), xee_lite.set_options(eecu_limit=0):
            opened()


def test_the_profiles_of_a_limited_run_cost_few_requests(serve: Serve) -> None:
    earth = serve(assets=stack(20)[0])
    dataset = opened()
    earth.requests.clear()
    with xee_lite.set_options(eecu_limit=100), xee_lite.profile() as cost:
        dataset["B1"].load()
    assert cost.total.requests == 20
    assert 0 < len(list(filter(is_profiles, earth.requests))) <= 21


def test_its_error_travels() -> None:
    error = pickle.loads(pickle.dumps(xee_lite.BudgetError(1.25, 2.0, "key=AIzaSySECRETKEYSECRETKEYSECRETKEY")))
    assert (error.used, error.limit) == (1.25, 2.0)
    assert "1.25 EECU-seconds of eecu_limit=2" in str(error)
    assert_no_secret(str(error))


@pytest.mark.parametrize("value", [-1, "5", True, float("nan"), float("inf"), 1e13])
def test_an_impossible_limit_is_refused(value: Any) -> None:
    with pytest.raises(xee_lite.InputError, match="eecu_limit is "):
        xee_lite.set_options(eecu_limit=value)


HEAD = " EECU·s PeakMem Count  Description\n"


def test_a_profile_is_read_as_the_service_prints_it() -> None:
    rows = "  0.072     47k    44  (plumbing)\n  1.500    124k    14  Algorithm Image.reduceRegion\n"
    assert total(f"{HEAD}{rows}      -      59k    12  Loading assets: A/B\n") == pytest.approx(1.572)
    assert total(HEAD) == 0


@given(st.none() | st.integers() | st.text() | st.text().map(HEAD.__add__) | st.lists(st.text()))
def test_what_is_no_profile_is_no_cost(reply: Any) -> None:
    try:
        seconds = total(reply)
    except WireError:
        return
    assert 0 <= seconds < float("inf")
    assert str(reply).strip().startswith("EECU")


def drawn(plan: Explanation) -> ET.Element:
    """The picture of a plan, which is well-formed XML."""
    page = plan._repr_html_()
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    return ET.fromstring(page)  # noqa: S314 - our own


def test_a_notebook_shows_the_windows_and_the_images(serve: Serve) -> None:
    earth = serve(assets=stack(8)[0])
    plan = xee_lite.explain(opened(images=4))
    earth.requests.clear()
    page = drawn(plan)
    assert not list(earth.requests)
    titles = [title.text for title in page.iter("{http://www.w3.org/2000/svg}title")]
    assert titles[0] == "rows 0 to 22, columns 0 to 30: 27.9 KiB"
    assert titles[1:] == [f"image {number}: 3.5 KiB" for number in range(8)]
    assert "".join(page.itertext()).startswith(str(plan))
    assert str(plan) == "2 requests for 27.9 KiB, 13.9 KiB at most in one"
    assert drawn(Explanation(())).text == "nothing to request"


@pytest.mark.parametrize("side", [300, 40_000])
def test_the_picture_of_a_large_plan_is_small(serve: Serve, side: int) -> None:
    serve(assets=stack(8)[0])
    grid: dict[str, Any] = {"crs": "EPSG:32631", "transform": (1, 0, 399945, 0, -1, 4600035), "shape": (side, side)}
    plan = xee_lite.explain(xr.open_dataset(ID, engine="xee_lite", request_bytes="1MiB", **grid))
    drawn(plan)
    assert len(plan._repr_html_()) < 100_000


def test_credentials_stay_out_of_all_of_it() -> None:
    token, refresh, client, key = SECRETS
    credentials = Credentials(token, refresh, token_uri="http://127.0.0.1:1/", client_id="c", client_secret=client)  # noqa: S106 - an address
    heard: list[Any] = []
    stop = xee_lite.subscribe(heard.append)
    try:
        with emulator.start(assets=stack(3)[0]) as earth, xee_lite.set_options(request_deadline=0, eecu_limit=0.6):
            ee.Initialize(credentials, url=earth.url, cloud_api_key=key, project=earth.project)
            with xee_lite.profile() as cost:
                dataset = opened()
                plan = xee_lite.explain(dataset)
                with pytest.raises(xee_lite.BudgetError) as caught:
                    dataset["B1"].load()
            earth.faults.next("computeValue", ["503", "503"])  # for the limit, and for the estimate
            with xee_lite.set_options(eecu_limit=1), pytest.warns(xee_lite.XeeLiteWarning) as warned:
                estimate = plan.cost(1)
    finally:
        stop()
        ee.Reset()
    assert cost.total.requests == 3
    texts = [cost, cost.by_asset, caught.value, plan, plan._repr_html_(), estimate, *heard]
    assert_no_secret(*texts, *(warning.message for warning in warned), pickle.dumps(caught.value))
