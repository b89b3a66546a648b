"""Arrays on disk: what is read is what was written, or nothing; whatever happens to the folder."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.client.ml.pieces import write_and_read
from tests.examples import examples
from xee_lite import InputError, OutputError, ml
from xee_lite.ml.cache import checksum

if TYPE_CHECKING:
    from collections.abc import Iterator

dtypes = st.sampled_from(["u1", "i2", "u4", "f4", "f8", "i8", "?"])


@pytest.fixture
def cache(tmp_path: Path) -> ml.ArrayCache:
    return ml.ArrayCache(tmp_path / "cache")


def files(cache: ml.ArrayCache) -> list[Path]:
    return sorted(path for path in Path(cache.folder).rglob("*") if path.is_file())


@given(array=hnp.arrays(dtypes, hnp.array_shapes(max_dims=4, max_side=40)))
@examples(40)
def test_an_entry_comes_back(array: np.ndarray[Any, Any], tmp_path_factory: pytest.TempPathFactory) -> None:
    cache = ml.ArrayCache(tmp_path_factory.mktemp("cache"))
    out = np.empty_like(array)
    assert not cache.read(b"key", out)
    cache.write(b"key", array)
    assert cache.read(b"key", out)
    assert out.tobytes() == array.tobytes()
    assert not cache.read(b"other", out)


@given(data=st.binary(min_size=1, max_size=10_000), place=st.integers(0, 9_999), change=st.integers(1, 255))
@examples(100)
def test_a_changed_byte_changes_the_checksum(data: bytes, place: int, change: int) -> None:
    changed = bytearray(data)
    changed[place % len(data)] ^= change
    assert checksum(memoryview(data)) != checksum(memoryview(changed))


def test_exchanged_and_lost_pages_change_the_checksum() -> None:
    data = np.random.default_rng(0).bytes(5 * 4096)
    assert len({checksum(memoryview(some)) for some in (data, data[4096:] + data[:4096], data[4096:], data[:-1])}) == 4
    assert checksum(memoryview(bytes(8192))) != checksum(memoryview(bytes(4096)))


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "longer", "other letters", "no file"])
def test_a_damaged_entry_is_made_again(cache: ml.ArrayCache, damage: str) -> None:
    array = np.arange(3000, dtype="f4")
    cache.write(b"key", array)
    (path,) = files(cache)
    content = bytearray(path.read_bytes())
    content[2000] ^= 1
    damaged: dict[str, bytes | bytearray] = {
        "flip": content, "cut": content[:-1], "empty": b"", "longer": path.read_bytes() + b"x",
        "other letters": b"xeelite0" + path.read_bytes()[8:],
    }  # fmt: skip
    path.unlink()
    if damage == "no file":
        path.mkdir()
    else:
        path.write_bytes(damaged[damage])
    out = np.empty_like(array)
    assert not cache.read(b"key", out)
    if damage == "no file":
        path.rmdir()
    assert files(cache) == []
    cache.write(b"key", array)
    assert cache.read(b"key", out)
    np.testing.assert_array_equal(out, array)


def test_an_entry_of_another_size_is_none(cache: ml.ArrayCache) -> None:
    cache.write(b"key", np.arange(5))
    assert not cache.read(b"key", np.empty(6, dtype=int))


def test_the_folder_stays_within_its_bound(tmp_path: Path) -> None:
    cache = ml.ArrayCache(tmp_path, max_bytes=10_000)
    for number in range(40):
        cache.write(f"{number}".encode(), np.full(1000, number % 250, dtype="u1"))
    kept = [number for number in range(40) if cache.read(f"{number}".encode(), np.empty(1000, dtype="u1"))]
    assert kept == list(range(9))  # the same part in each epoch, and not the last ones, which would never be met again
    assert sum(path.stat().st_size for path in files(cache)) <= 10_000


def test_what_nobody_has_used_gives_way(tmp_path: Path) -> None:
    old = ml.ArrayCache(tmp_path, max_bytes=10_000)
    for number in range(9):
        old.write(f"{number}".encode(), np.full(1000, number, dtype="u1"))
    for age, path in enumerate(files(old)):
        os.utime(path, (time.time() - 1000 - age,) * 2)
    cache = ml.ArrayCache(tmp_path, max_bytes=10_000)
    assert cache.read(b"4", np.empty(1000, dtype="u1"))
    for number in range(10, 30):
        cache.write(f"{number}".encode(), np.full(1000, number, dtype="u1"))
    assert cache.read(b"4", np.empty(1000, dtype="u1"))
    kept = [number for number in range(10, 30) if cache.read(f"{number}".encode(), np.empty(1000, dtype="u1"))]
    assert kept == list(range(10, 18))


def test_what_a_killed_process_left_is_removed(cache: ml.ArrayCache) -> None:
    folder = Path(cache.folder) / "v1" / "aa"
    folder.mkdir()
    (folder / ".old").write_bytes(b"12")
    os.utime(folder / ".old", (time.time() - 7200,) * 2)
    (folder / ".new").write_bytes(b"12")
    cache.write(b"key", np.arange(3))
    assert not (folder / ".old").exists()
    assert (folder / ".new").exists()


def test_another_version_has_a_folder_of_its_own(cache: ml.ArrayCache) -> None:
    other = Path(cache.folder) / "v0" / "aa" / "entry"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"of another version")
    cache.write(b"key", np.arange(3))
    assert cache.read(b"key", np.empty(3, dtype=int))
    assert other.read_bytes() == b"of another version"


_FULL = """
import resource, signal, sys, warnings
import numpy as np
from xee_lite import ml
cache = ml.ArrayCache(sys.argv[1])
cache.write(b"small", np.arange(10))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    for number in range(3):
        cache.write(b"large%d" % number, np.arange(1000))
assert [type(warning.message).__name__ for warning in told] == ["XeeLiteWarning"], told
assert "can not be written to" in str(told[0].message)
assert cache.read(b"small", out := np.empty(10, dtype=int)) and out[9] == 9
assert not cache.read(b"large0", np.empty(1000, dtype=int))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a limit of bytes of a file is POSIX's")
def test_a_disk_that_is_full_is_told_once(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", _FULL, str(tmp_path)], capture_output=True, text=True, check=False)  # noqa: S603 - the interpreter itself
    assert done.returncode == 0, done.stderr
    assert [path.name for path in tmp_path.rglob(".*")] == []


_READ_ONLY = """
import os, sys, warnings
import numpy as np
from xee_lite import ml
if os.geteuid() == 0:
    os.setegid(65534)
    os.seteuid(65534)
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    cache = ml.ArrayCache(sys.argv[1])
    assert cache.read(b"key", out := np.empty(10, dtype=int)) and out[9] == 9
    assert not told
    cache.write(b"other", np.arange(10))
    cache.write(b"third", np.arange(10))
assert len(told) == 1, told
try:
    ml.ArrayCache(sys.argv[1] + "/none")
except OSError as error:
    assert "pass a folder that you may write to" in str(error)
else:
    raise AssertionError
"""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may look into, which pytest's own is not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o755)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX's permissions")
def test_a_folder_that_is_read_only_is_read(open_folder: Path) -> None:
    cache = ml.ArrayCache(open_folder / "cache")
    cache.write(b"key", np.arange(10))
    os.utime(files(cache)[0], (1, 1))
    for path in Path(cache.folder).rglob("*"):
        path.chmod(0o444 if path.is_file() else 0o555)
    Path(cache.folder).chmod(0o555)
    done = subprocess.run([sys.executable, "-c", _READ_ONLY, cache.folder], capture_output=True, text=True, check=False)  # noqa: S603 - as above
    assert done.returncode == 0, done.stderr


def test_a_folder_that_can_not_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="can not be made"):
        ml.ArrayCache(tmp_path / "file" / "cache")


@pytest.mark.parametrize("bound", [-1, "1 GiB", 1.5, None])
def test_bounds_that_are_none(tmp_path: Path, bound: object) -> None:
    with pytest.raises(InputError, match="max_bytes="):
        ml.ArrayCache(tmp_path, bound)  # type: ignore[arg-type]


def test_it_pickles(cache: ml.ArrayCache) -> None:
    back = pickle.loads(pickle.dumps(cache))
    assert back == cache
    cache.write(b"key", np.arange(3))
    assert back.read(b"key", np.empty(3, dtype=int))


def test_processes_share_a_folder(tmp_path: Path) -> None:
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        assert sum(pool.map(write_and_read, [str(tmp_path)] * 2, range(2))) == 0
    cache = ml.ArrayCache(tmp_path)
    assert all(cache.read(f"{number}".encode(), np.empty(5000, dtype="i4")) for number in range(40))
    assert len(files(cache)) == 40
