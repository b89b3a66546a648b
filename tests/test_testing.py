"""The fixture that ships with the package, in the hands of somebody else's test suite."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import ee
import pytest

from xee_lite.testing import local_earth

pytest_plugins = ["pytester"]

CONFTEST = 'pytest_plugins = ["xee_lite.testing.plugin"]\n'
THEIRS = """
import ee
import numpy as np
import pytest
from xee_lite.emulator import Faults, memory_image

NAME = "projects/xee-lite/assets/mine"


@pytest.fixture
def earth_options():
    mine = memory_image({"b": np.full((2, 2), 7, "uint8")}, crs="EPSG:32631", transform=(10, 0, 0, 0, -10, 0))
    return {"assets": {NAME: mine}, "faults": Faults(rates={"memory": 1})}


@pytest.mark.parametrize("turn", range(2))
def test_mine(earth, turn):
    assert not earth.requests, "the log begins anew"
    assert ee.Image(NAME).bandNames().getInfo() == ["b"]
    assert earth.requests.counts() == {"computeValue": 1}
    with pytest.raises(ee.EEException, match="User memory limit exceeded"):
        ee.data.computePixels({"expression": ee.Image(NAME), "fileFormat": "NPY"})


def test_without_it_nobody_is_initialised():
    with pytest.raises(ee.EEException, match="not initialized"):
        ee.Number(1).getInfo()
"""


def test_their_tests_pass(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(THEIRS)
    pytester.runpytest("-p", "no:cacheprovider").assert_outcomes(passed=3)


def test_taking_it_in_imports_neither_the_client_nor_the_server() -> None:
    code = "import sys, xee_lite.testing.plugin; print(' '.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()  # noqa: S603 - the interpreter itself
    assert "xee_lite.testing.plugin" in loaded
    assert not {"ee", "starlette", "uvicorn", "rasterio", "xee_lite.emulator"} & set(loaded)


def test_the_session_ends_with_the_block_whatever_happens_in_it() -> None:
    def fails() -> None:
        with local_earth():
            assert ee.Number(1).add(1).getInfo() == 2
            raise KeyError("whatever")

    with pytest.raises(KeyError, match="whatever"):
        fails()
    with pytest.raises(ee.EEException, match="not initialized"):
        ee.Number(1).getInfo()


def test_the_tests_of_the_page_pass(pytester: pytest.Pytester) -> None:
    """Each block of the page is a file of its own, the first one the conftest."""
    page = (Path(__file__).parents[1] / "docs" / "testing-offline.md").read_text("utf-8")
    conftest, *files = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert conftest == CONFTEST
    pytester.makeconftest(conftest)
    pytester.makepyfile(**{f"test_block_{number}": text for number, text in enumerate(files)})
    tests = sum(text.count("\ndef test_") for text in files)
    pytester.runpytest("-p", "no:cacheprovider").assert_outcomes(passed=tests + 2)  # one of them runs three times
