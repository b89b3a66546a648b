from __future__ import annotations

import http.client
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.service import limits

if TYPE_CHECKING:
    from tests.emulator.serving import Ask
    from xee_lite import emulator

WIDE = "/v1/projects/xee-lite/assets/wide:getPixels"
COMPUTE = "/v1/projects/p/image:computePixels"


@pytest.mark.parametrize(
    ("dtype", "bands", "width", "height", "size"),
    [
        # Sizes that the service named in its refusals, and the requests that caused them.
        ("f8", 24, 512, 512, 56623104),
        ("f8", 2, 1845, 1727, 57353670),
        ("f4", 6, 2265, 4189, 284642550),
        ("i2", 2, 6938, 5734, 238694952),
    ],
)
def test_sizes_are_counted_as_the_service_counts(dtype: str, bands: int, width: int, height: int, size: int) -> None:
    assert limits.request_bytes(width, height, [np.dtype(dtype)] * bands) == size


@pytest.mark.parametrize(("width", "height"), [(40818, 1), (1, 32769), (32769, 32769)])
def test_dimensions(ask: Ask, width: int, height: int) -> None:
    body = {"fileFormat": "NPY", "grid": {"dimensions": {"width": width, "height": height}}}
    reply = ask("POST", WIDE, body)
    assert reply.status == 400
    assert reply.message == f"Pixel grid dimensions ({width}x{height}) must be less than or equal to 32768."


def test_the_largest_dimension_is_served(ask: Ask) -> None:
    body = {"fileFormat": "NPY", "grid": {"dimensions": {"width": 32768, "height": 1}}}
    assert ask("POST", WIDE, body).status == 200


def test_an_image_that_is_too_large_as_a_whole(ask: Ask) -> None:
    reply = ask("POST", WIDE, {"fileFormat": "NPY"})
    assert reply.message == "Pixel grid dimensions (40000x40000) must be less than or equal to 32768."


def test_bytes_include_the_mask(ask: Ask) -> None:
    def size(width: int, height: int) -> dict[str, object]:
        return {"fileFormat": "NPY", "grid": {"dimensions": {"width": width, "height": height}}}

    # One band of bytes counts two bytes a pixel: 4096 x 6144 is exactly the limit, one row more is over it.
    assert len(ask("POST", WIDE, size(4096, 6144)).body) == 4096 * 6144 + 128
    reply = ask("POST", WIDE, size(4096, 6145))
    assert reply.status == 400
    assert reply.message == "Total request size (50339840 bytes) must be less than or equal to 50331648 bytes."
    assert reply.json["error"]["status"] == "INVALID_ARGUMENT"


def test_bands(ask: Ask) -> None:
    path = "/v1/projects/xee-lite/assets/many:getPixels"
    reply = ask("POST", path, {"fileFormat": "NPY"})
    assert reply.status == 400
    assert reply.message == "Number of bands (1025) must be less than or equal to 1024."
    names = [f"b{number}" for number in range(1024)]
    assert ask("POST", path, {"fileFormat": "NPY", "bandIds": names}).status == 200


@pytest.mark.parametrize("path", [COMPUTE, WIDE, "/v1/projects/p/value:compute"])
def test_a_payload_that_is_too_long(ask: Ask, path: str) -> None:
    over = '{"workloadTag": "' + "x" * (10485760 + 1 - 19) + '"}'
    assert len(over) == 10485761
    reply = ask("POST", path, over)
    assert reply.status == 400
    assert reply.message == "Request payload size exceeds the limit: 10485760 bytes."
    # One byte less is read, and refused for what it lacks.
    assert "payload size" not in ask("POST", path, over.replace("xx", "x", 1)).body.decode("latin-1")


def test_a_long_payload_without_a_length(earth: emulator.Emulator) -> None:
    """Chunks are counted as they come: the length need not be told."""
    connection = http.client.HTTPConnection(urlsplit(earth.url).netloc, timeout=60)
    connection.request("POST", COMPUTE, iter([b"x" * 2**20] * 12), encode_chunked=True)
    reply = connection.getresponse()
    assert reply.status == 400
    assert b"Request payload size exceeds the limit: 10485760 bytes." in reply.read()
    connection.close()


def test_an_override_is_no_way_round_the_limit(ask: Ask) -> None:
    path = "/v1/projects/xee-lite/assets/folder/small:listAssets"
    reply = ask("POST", path, "filter=" + "x" * 10485760, {"x-http-method-override": "GET"})
    assert reply.message == "Request payload size exceeds the limit: 10485760 bytes."


@given(
    width=st.integers(1, 32768),
    height=st.integers(1, 32768),
    kinds=st.lists(st.sampled_from(["u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8"]), min_size=1, max_size=40),
)
def test_the_byte_limit_includes_itself(width: int, height: int, kinds: list[str]) -> None:
    dtypes = [np.dtype(kind) for kind in kinds]
    size = sum(width * height * (int(kind[1]) + 1) for kind in kinds)
    if size <= 50331648:
        limits.check_total(limits.request_bytes(width, height, dtypes))
    else:
        with pytest.raises(EarthError, match=rf"\({size} bytes\)"):
            limits.check_total(limits.request_bytes(width, height, dtypes))
