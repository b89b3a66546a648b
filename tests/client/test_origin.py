"""A dataset in another process: the options of who made it hold there, and other versions are refused."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

import xee_lite
from tests.client.scenes import filled, opened, stack
from xee_lite import origin
from xee_lite.options import OPTIONS, adopt_options, changed_options

if TYPE_CHECKING:
    from pathlib import Path

    from tests.client.scenes import Serve

READ = """
import pickle, sys
from pathlib import Path
import numpy as np
import xee_lite
from xee_lite.options import changed_options
exec(sys.argv[2])
dataset = pickle.loads(Path(sys.argv[1]).read_bytes())
assert changed_options() == eval(sys.argv[3]), changed_options()
np.save(sys.argv[1] + ".npy", dataset["B1"].values)
assert changed_options() == eval(sys.argv[4]), changed_options()
"""


@pytest.mark.parametrize(
    ("before", "own", "after"),
    [
        ("", {}, {"max_concurrent_requests": 7, "request_deadline": 60}),
        ("xee_lite.set_options(max_concurrent_requests=3)", {"max_concurrent_requests": 3}, {}),
    ],
)
def test_options_travel_and_those_of_the_process_stay(
    serve: Serve, tmp_path: Path, before: str, own: dict[str, float], after: dict[str, float]
) -> None:
    assets, pixels = stack(3)
    serve(assets=assets)
    file = tmp_path / "dataset.pickle"
    with xee_lite.set_options(max_concurrent_requests=7, request_deadline=60):
        file.write_bytes(pickle.dumps(opened()))
    expected = {"max_concurrent_requests": 7, "request_deadline": 60} | own | after
    command = [sys.executable, "-c", READ, str(file), before, repr(own), repr(expected)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - the interpreter itself
    assert done.returncode == 0, done.stderr
    np.testing.assert_array_equal(np.load(f"{file}.npy"), filled(pixels, "f4"))


def test_what_came_with_one_dataset_ends_with_the_next(serve: Serve) -> None:
    del serve
    with xee_lite.set_options(request_timeout=9):
        adopt_options({"max_concurrent_requests": 7, "request_timeout": 5.0})
        assert (OPTIONS.max_concurrent_requests, OPTIONS.request_timeout) == (7, 9)
        adopt_options({"requests_per_second": 2.0})
        assert (OPTIONS.max_concurrent_requests, OPTIONS.requests_per_second) == (None, 2.0)
        adopt_options({})
        assert OPTIONS.requests_per_second is None


@pytest.mark.parametrize(
    ("text", "found"),
    [("7", {"max_concurrent_requests": 7}), ("0", {})],
)
def test_options_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, text: str, found: dict[str, float]) -> None:
    monkeypatch.setenv("XEE_LITE_MAX_CONCURRENT_REQUESTS", text)
    code = "from xee_lite.options import changed_options; print(changed_options())"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)  # noqa: S603 - the interpreter itself
    assert done.stdout.strip() == repr(found)
    assert ("pass a whole number from 1 to 10000, or None" in done.stderr) == (not found)


def test_another_version_is_refused_before_anything_else_is_read(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    assets, _ = stack(3)
    serve(assets=assets)
    with monkeypatch.context() as patch:
        patch.setattr(origin, "_version", lambda: "9.9.9")
        data = pickle.dumps(opened())
    with pytest.raises(xee_lite.InputError, match=r"made by xee_lite 9\.9\.9, but process .* install the same version"):
        pickle.loads(data)


def test_a_pickle_in_the_same_process_changes_no_option(serve: Serve) -> None:
    assets, pixels = stack(3)
    serve(assets=assets)
    before = changed_options()
    with xee_lite.set_options(max_concurrent_requests=7):
        data = pickle.dumps(opened())
    np.testing.assert_array_equal(pickle.loads(data)["B1"].values, filled(pixels, "f4"))
    assert changed_options() == before
