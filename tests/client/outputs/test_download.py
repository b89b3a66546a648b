"""Downloads: the same pixels at the same places as the service's own files, whatever is asked for, and what is not."""

from __future__ import annotations

import io
import resource
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import ee
import numpy as np
import pytest
import rasterio
from rasterio.io import MemoryFile

from tests.client.scenes import DTYPES, TRANSFORM, image, pixels
from xee_lite import InputError, OutputError, Progress, TransientError, XeeLiteWarning, download, set_options
from xee_lite.emulator import memory_collection, memory_image

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from tests.client.scenes import Serve
    from xee_lite.emulator import Emulator

    Pixels = npt.NDArray[Any]

SENTINEL = "COPERNICUS/S2_SR/20210109T185751_20210109T185931_T10SEG"
BOX = (-122.0859, 37.0436, -122.0626, 37.0586)
BANDS = ["B3", "B8", "B11"]

ONE = "projects/test-project/assets/one"
MANY = "projects/test-project/assets/many"
TYPES = "projects/test-project/assets/types"
SHAPE = (40, 50)
RED, NIR = (pixels("u2", seed, SHAPE) for seed in (1, 2))
NARROW = np.ma.array(np.random.default_rng(3).integers(1, 200, SHAPE, "i2"))
TYPED = {dtype: pixels(dtype, 5, SHAPE) for dtype in DTYPES}
ASSETS = {
    ONE: image({"red": RED, "nir": NIR}),
    MANY: memory_collection([image({"red": RED}, f"i{number}") for number in range(3)]),
    TYPES: image(TYPED),
}
WEST, NORTH, SIZE = TRANSFORM[2], TRANSFORM[5], TRANSFORM[0]
INSIDE = (1.805, 41.54, 1.811, 41.546)
"""A box in degrees within the image."""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def earth(serve: Serve) -> Emulator:
    return serve(assets=ASSETS)


@pytest.fixture(scope="module")
def public_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder: the service then has the public collections alone."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def public(serve: Serve, public_data: Path) -> Emulator:
    return serve(data=public_data)


class Raster:
    """What is in a GeoTIFF."""

    def __init__(self, file: Path | bytes) -> None:
        with MemoryFile(file if isinstance(file, bytes) else file.read_bytes()) as memory, memory.open() as raster:
            self.transform = tuple(raster.transform)[:6]
            self.crs = raster.crs
            self.names = raster.descriptions
            self.pixels = raster.read(masked=True)
            self.dtypes = set(raster.dtypes)


def fetched(obj: Any, **parameters: Any) -> dict[str, bytes]:
    """The service's own reply: the members of a zip file, or one file without a name."""
    with urlopen(ee.Image(obj).getDownloadURL(parameters), timeout=60) as reply:  # noqa: S310 - loopback
        content = reply.read()
    if not content.startswith(b"PK"):
        return {"": content}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def written(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def check_same(ours: Path | bytes, theirs: bytes, *, clipped: bool = False) -> None:
    """The pixels of the service's file at its places; ours has a mask where its 0 may be either.

    Parameters
    ----------
    clipped : bool
        Whether the service masks what lies outside of a region askew.
    """
    found, expected = Raster(ours), Raster(theirs)
    assert found.transform == pytest.approx(expected.transform, abs=1e-9)
    assert found.crs == expected.crs
    assert found.pixels.shape == expected.pixels.shape
    values, truth = found.pixels.filled(0), expected.pixels.filled(0)
    same = values == truth
    assert np.where(clipped & (truth == 0), True, same).all()
    assert truth.any()


EXAMPLES: dict[str, dict[str, Any]] = {
    "single_band": {"format": "ZIPPED_GEO_TIFF", "name": "single_band", "bands": BANDS},
    "multi_band": {
        "format": "ZIPPED_GEO_TIFF",
        "name": "multi_band",
        "bands": BANDS,
        "scale": 20,
        "file_per_band": False,
    },
    "custom_single_band": {
        "format": "ZIPPED_GEO_TIFF_PER_BAND",
        "name": "custom_single_band",
        "bands": [{"id": "B3", "scale": 10}, {"id": "B8", "scale": 10}, {"id": "B11", "scale": 20}],
    },
}
"""The zipped ones of the document, by what it calls them, as they are spelled here."""


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_zipped_examples_of_the_document(example: str, public: Emulator) -> None:
    arguments = EXAMPLES[example]
    parameters = {name: value for name, value in arguments.items() if name not in ("format", "file_per_band")}
    parameters["filePerBand"] = arguments.get("file_per_band", True)
    theirs = fetched(SENTINEL, **parameters, region=ee.Geometry.BBox(*BOX))
    public.requests.clear()
    path = Path(f"{example}.zip")
    assert download(ee.Image(SENTINEL), path, region=ee.Geometry.BBox(*BOX), **arguments) == [path]
    assert len(public.requests.of("computePixels")) == (1 if example == "multi_band" else 2)  # one for each grid
    ours = written(path)
    assert list(ours) == list(theirs)
    for name, content in ours.items():
        check_same(content, theirs[name], clipped=example == "single_band")
    assert sorted(Path().iterdir()) == [path]


def test_the_multi_band_example_of_the_document(public: Emulator) -> None:
    chosen: dict[str, Any] = {"bands": BANDS, "scale": 20, "region": ee.Geometry.BBox(*BOX)}
    theirs = fetched(SENTINEL, **chosen, format="GEO_TIFF")[""]
    public.requests.clear()
    (path,) = download(SENTINEL, "multi_band.tif", **chosen)
    assert len(public.requests.of("computePixels")) == 1
    check_same(path, theirs)
    assert Raster(path).names == tuple(BANDS)
    assert Raster(theirs).names == (None, None, None)


def test_the_npy_example_of_the_document(public: Emulator) -> None:
    chosen: dict[str, Any] = {"bands": BANDS, "scale": 20, "region": ee.Geometry.BBox(*BOX), "format": "NPY"}
    theirs = fetched(SENTINEL, **chosen)[""]
    public.requests.clear()
    (path,) = download(SENTINEL, "chunk.npy", **chosen)
    assert len(public.requests.of("computePixels")) == 1
    data = np.load(path)
    assert data.dtype == [("B3", "<u2"), ("B8", "<u2"), ("B11", "<u2")]
    assert path.read_bytes() == theirs


@pytest.mark.usefixtures("earth")
@pytest.mark.parametrize(
    "words",
    [
        {},
        {"scale": 30},
        {"scale": 100},
        {"scale": 7.5, "region": INSIDE},
        {"region": INSIDE, "scale": 30},
        {"region": INSIDE, "scale": 45},
        {"region": (1.7, 41.5, 1.9, 41.6), "scale": 60},
        {"crs": "EPSG:32631", "scale": 30},
        {"crs": "EPSG:4326", "scale": 25},
        {"crs": "EPSG:4326", "scale": 25, "region": INSIDE},
        {"crs": "EPSG:3857", "scale": 50, "region": INSIDE},
        {"dimensions": (20, 16)},
        {"dimensions": (33, 17), "region": INSIDE},
        {"dimensions": (20, 16), "crs": "EPSG:4326", "region": INSIDE},
        {"crs": "EPSG:32631", "crs_transform": [60, 0, WEST - 90, 0, -45, NORTH + 30], "dimensions": (25, 40)},
        {"crs": "EPSG:32631", "crs_transform": [30, 0, WEST, 0, -30, NORTH]},
        {"crs": "EPSG:32631", "crs_transform": [45, 0, 7, 0, -45, 11]},
        {"crs": "EPSG:4326", "crs_transform": [0.0003, 0, 1.8, 0, -0.0003, 41.55], "dimensions": (20, 20)},
    ],
    ids=str,
)
def test_the_pixels_lie_where_the_service_has_them(words: dict[str, Any]) -> None:
    parameters = {**words, "format": "GEO_TIFF"}
    if "region" in words:
        parameters["region"] = ee.Geometry.BBox(*words["region"])
    if "dimensions" in words:
        parameters["dimensions"] = list(words["dimensions"])
    theirs = fetched(ONE, **parameters)[""]
    (path,) = download(ONE, "ours.tif", **words)
    check_same(path, theirs)


@pytest.mark.usefixtures("public")
@pytest.mark.parametrize("words", [{"scale": 900}, {"scale": 900, "crs": "EPSG:32632"}], ids=str)
def test_edges_that_bend_are_covered_as_the_service_covers_them(words: dict[str, Any]) -> None:
    """Those of a polygon of Earth Engine are geodesics by default, which bulge beyond a parallel."""
    for region in (
        ee.Geometry.Rectangle([6, 45, 8, 46]),
        ee.Geometry.Rectangle([6, 45, 8, 46], "EPSG:4326", False),
        ee.Geometry.BBox(6, -46, 8, -45),
        ee.Geometry.Polygon([[[6, 45], [9, 45.2], [8, 46]]]),
    ):
        theirs = fetched("USGS/SRTMGL1_003", region=region, format="GEO_TIFF", **words)[""]
        (path,) = download(ee.Image("USGS/SRTMGL1_003"), "ours.tif", region=region, **words)
        check_same(path, theirs)


@pytest.mark.usefixtures("earth")
def test_a_region_alone_has_the_images_own_pixels() -> None:
    """The service masks what lies outside of the region there; we keep it."""
    (path,) = download(ONE, "ours.tif", region=INSIDE, bands="red")
    theirs = fetched(ONE, region=ee.Geometry.BBox(*INSIDE), format="GEO_TIFF", bands=["red"])[""]
    check_same(path, theirs, clipped=True)
    found = Raster(path)
    row, column = round((NORTH - found.transform[5]) / SIZE), round((found.transform[2] - WEST) / SIZE)
    part = RED[row : row + found.pixels.shape[1], column : column + found.pixels.shape[2]]
    np.testing.assert_array_equal(found.pixels[0].filled(0), part.filled(0))
    np.testing.assert_array_equal(np.ma.getmaskarray(found.pixels[0]), np.ma.getmaskarray(part))


@pytest.mark.usefixtures("earth")
def test_a_region_alone_ends_where_the_image_ends() -> None:
    (path,) = download(ONE, "ours.tif", region=(1.79, 41.5, 1.806, 41.6))
    theirs = fetched(ONE, region=ee.Geometry.BBox(1.79, 41.5, 1.806, 41.6), format="GEO_TIFF")[""]
    check_same(path, theirs, clipped=True)


@pytest.mark.usefixtures("earth")
def test_masks_are_exact_where_the_services_zero_may_be_either() -> None:
    (path,) = download(ONE, "ours.tif")
    found = Raster(path)
    for number, truth in enumerate((RED, NIR)):
        assert (truth.compressed() == 0).any()
        np.testing.assert_array_equal(np.ma.getmaskarray(found.pixels[number]), truth.mask)
        np.testing.assert_array_equal(found.pixels[number].compressed(), truth.compressed())


@pytest.mark.usefixtures("earth")
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_type_arrives_in_every_format(dtype: str) -> None:
    truth = TYPED[dtype]
    download(TYPES, "one.tif", bands=dtype)
    download(TYPES, "one.zip", bands=dtype, format="ZIPPED_GEO_TIFF", name="zipped")
    download(TYPES, "cog.tif", bands=[dtype], format="COG")
    for content in (Path("one.tif"), written(Path("one.zip"))[f"zipped.{dtype}.tif"], Path("cog.tif")):
        found = Raster(content)
        np.testing.assert_array_equal(np.ma.getmaskarray(found.pixels[0]), truth.mask)
        np.testing.assert_array_equal(found.pixels[0].compressed(), truth.compressed())
    download(TYPES, "one.npy", bands=dtype, format="NPY")
    assert Path("one.npy").read_bytes() == fetched(TYPES, bands=[dtype], format="NPY")[""]
    np.testing.assert_array_equal(np.load("one.npy")[dtype], truth.filled(0))


@pytest.mark.usefixtures("earth")
def test_bands_of_unlike_types_share_a_file() -> None:
    names = ["u1", "i2", "u2"]
    (path,) = download(TYPES, "mixed.tif", bands=names)
    found = Raster(path)
    assert found.names == tuple(names)
    for number, name in enumerate(names):
        np.testing.assert_array_equal(np.ma.getmaskarray(found.pixels[number]), TYPED[name].mask)
        np.testing.assert_array_equal(found.pixels[number].compressed(), TYPED[name].compressed())
    download(TYPES, "mixed.npy", format="NPY")
    assert Path("mixed.npy").read_bytes() == fetched(TYPES, format="NPY")[""]


@pytest.mark.usefixtures("earth")
def test_a_cloud_optimized_file_is_valid() -> None:
    rio_cogeo = pytest.importorskip("rio_cogeo", reason="rio-cogeo is an optional peer")
    (path,) = download(ONE, "cog.tif", format="COG", scale=1)
    valid, errors, _ = rio_cogeo.cog_validate(str(path))
    assert (valid, errors) == (True, [])
    with rasterio.open(path) as raster:
        assert raster.overviews(1)


@pytest.mark.usefixtures("earth")
def test_a_computed_image_is_called_download() -> None:
    doubled = ee.Image(ONE).select("red").toInt32().multiply(2)
    download(doubled, "x.zip", format="ZIPPED_GEO_TIFF")
    assert list(written(Path("x.zip"))) == ["download.red.tif"]
    download(ONE, "y.zip", format="ZIPPED_GEO_TIFF", file_per_band=False)
    assert list(written(Path("y.zip"))) == ["one.tif"]
    found = Raster(written(Path("x.zip"))["download.red.tif"])
    np.testing.assert_array_equal(found.pixels[0].compressed(), RED.compressed().astype("i4") * 2)


@pytest.mark.usefixtures("earth")
@pytest.mark.parametrize("name", ["../../etc/x", "a\\b", "/abs", "..", "C:evil", "\x00", "{time}", "x" * 500])
def test_no_name_leads_out_of_the_folder(name: str) -> None:
    if not name.strip("\x00"):
        name = "a\x00b"
    folder = Path("deep") / "down"
    paths = download(ONE, folder, format="ZIPPED_GEO_TIFF_PER_BAND", name=name)
    assert sorted(paths) == sorted(folder.iterdir())
    assert all(path.parent == folder and len(path.name) < 250 for path in paths)
    download(ONE, "z.zip", format="ZIPPED_GEO_TIFF_PER_BAND", name=name)
    assert sorted(written(Path("z.zip"))) == sorted(path.name for path in paths)
    assert sorted(path.name for path in Path().iterdir()) == ["deep", "z.zip"]


@pytest.mark.usefixtures("earth")
def test_a_folder_gets_the_members_unpacked() -> None:
    download(ONE, "x.zip", format="ZIPPED_GEO_TIFF")
    paths = download(ONE, "folder", format="ZIPPED_GEO_TIFF")
    assert paths == [Path("folder/one.red.tif"), Path("folder/one.nir.tif")]
    assert [path.read_bytes() for path in paths] == list(written(Path("x.zip")).values())


@pytest.mark.usefixtures("earth")
def test_formats_decide_whether_each_band_is_a_file() -> None:
    def members(**arguments: Any) -> list[str]:
        download(ONE, "x.zip", **arguments)
        return list(written(Path("x.zip")))

    split, whole = ["one.red.tif", "one.nir.tif"], ["one.tif"]
    assert members(format="ZIPPED_GEO_TIFF") == members(format="zipped_geo_tiff", file_per_band=True) == split
    assert members(format="ZIPPED_GEO_TIFF", file_per_band=False) == whole
    for ignored in (None, True, False):
        assert members(format="ZIPPED_GEO_TIFF_PER_BAND", file_per_band=ignored) == split
        assert download(ONE, "x.tif", file_per_band=ignored) == [Path("x.tif")]
        assert Raster(Path("x.tif")).names == ("red", "nir")


@pytest.mark.usefixtures("earth")
def test_what_counts_for_nothing_is_told() -> None:
    transform = [30, 0, WEST, 0, -30, NORTH]
    with pytest.warns(XeeLiteWarning, match=r"region= and scale= count for nothing beside crs= and crs_transform="):
        download(ONE, "x.tif", crs="EPSG:32631", crs_transform=transform, region=INSIDE, scale=90)
    assert Raster(Path("x.tif")).pixels.shape == (2, *SHAPE)
    own: list[dict[str, object]] = [{"id": "nir", "scale": 60}, {"id": "red"}]
    with pytest.warns(XeeLiteWarning, match="count only where each band is a file"):
        download(ONE, "y.tif", bands=own)
    assert Raster(Path("y.tif")).transform[0] == 30
    assert Raster(Path("y.tif")).names == ("nir", "red")


def members_of(bands: list[dict[str, Any]], **words: Any) -> dict[str, Raster]:
    download(ONE, "x.zip", format="ZIPPED_GEO_TIFF", bands=bands, **words)
    return {name: Raster(content) for name, content in written(Path("x.zip")).items()}


@pytest.mark.usefixtures("earth")
def test_a_band_has_its_own_words_and_else_the_default() -> None:
    bands: list[dict[str, Any]] = [{"id": "red", "scale": 60}, {"id": "nir", "crs": "EPSG:4326"}]
    found = members_of(bands, scale=90, region=INSIDE)
    theirs = fetched(ONE, bands=bands, scale=90, region=ee.Geometry.BBox(*INSIDE), name="one")
    assert found["one.red.tif"].transform[0] == 60
    assert found["one.nir.tif"].crs.to_epsg() == 4326
    for name, content in written(Path("x.zip")).items():
        check_same(content, theirs[name])
    fixed: dict[str, Any] = {"crs": "EPSG:32631", "crs_transform": [30, 0, WEST, 0, -30, NORTH], "dimensions": (5, 4)}
    found = members_of([{"id": "red", **fixed}, {"id": "nir"}])
    assert found["one.red.tif"].pixels.shape == (1, 4, 5)
    assert found["one.nir.tif"].pixels.shape == (1, *SHAPE)


@pytest.fixture(scope="module")
def large() -> dict[str, Any]:
    """An image of more than one request: 11 bytes count for a pixel and its mask, and 9 for its value alone."""
    array = np.random.default_rng(0).integers(0, 3, (2200, 2200)).astype("f8")
    return {ONE: memory_image({"b": array}, crs="EPSG:32631", transform=TRANSFORM, properties={})}


def test_what_one_request_can_not_bring_comes_in_parts_and_goes_on(large: dict[str, Any], serve: Serve) -> None:
    earth = serve(assets=large)
    download(ee.Image(ONE), "large.npy", format="NPY")
    assert len(earth.requests.of("computePixels")) == 1
    download(ee.Image(ONE), "whole.tif")
    count = len(earth.requests.of("computePixels")) - 1
    assert count > 4
    earth.faults.next("computePixels", [None, None, None, "503"])
    with set_options(max_concurrent_requests=1), pytest.raises(TransientError):
        download(ee.Image(ONE), "large.tif")
    download(ee.Image(ONE), "large.tif")
    assert len(earth.requests.of("computePixels")) == 1 + count + (count + 1)  # the failed one is made twice
    assert Path("large.tif").read_bytes() == Path("whole.tif").read_bytes()
    Path("whole.tif").unlink()
    assert sorted(path.name for path in Path().iterdir()) == ["large.npy", "large.tif"]
    np.testing.assert_array_equal(Raster(Path("large.tif")).pixels[0], np.load("large.npy")["b"])


@pytest.mark.parametrize("path", ["x.tif", "x.npy", "x.zip"])
def test_a_download_that_fails_leaves_what_was_there(path: str, earth: Emulator) -> None:
    kind = {"x.tif": "GEO_TIFF", "x.npy": "NPY", "x.zip": "ZIPPED_GEO_TIFF"}[path]
    Path(path).write_bytes(b"before")
    earth.faults.next("computePixels", ["503"])
    with pytest.raises(TransientError):
        download(ONE, path, format=kind)
    assert Path(path).read_bytes() == b"before"
    download(ONE, path, format=kind)
    assert Path(path).read_bytes() != b"before"
    assert list(Path().iterdir()) == [Path(path)]


@pytest.fixture
def little_room() -> Iterator[None]:
    """No file gets longer than 2000 bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("earth", "little_room")
def test_a_file_that_can_not_be_written_is_told() -> None:
    with pytest.raises(OutputError, match=r"File too large"):
        download(ONE, "x.npy", format="NPY")
    assert list(Path().iterdir()) == []


@pytest.mark.usefixtures("earth")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"format": "PNG"}, "format='PNG' is no format of a download: pass one of GEO_TIFF"),
        ({"format": None}, "format=None is no format"),
        ({"bands": "violet"}, "bands='violet' is not a band of"),
        ({"bands": []}, "leaves nothing to download"),
        ({"bands": ["red", "red"]}, "is not a list of different names"),
        ({"bands": [{"scale": 3}]}, "a band without an 'id'"),
        ({"bands": [{"id": "red", "size": 3}]}, "a band with 'size': pass crs, crs_transform"),
        ({"bands": [{"id": "red"}, "nir"]}, "is not a list of different names"),
        ({"bands": [{"id": "red"}, {"id": "red"}]}, "is not a list of different names"),
        ({"name": ""}, "name='' is no beginning"),
        ({"name": 3}, "name=3 is no beginning"),
        ({"file_per_band": "yes"}, "file_per_band='yes' is neither True nor False"),
        ({"scale": -1}, "scale=-1 is not a positive number of metres"),
        ({"scale": "30"}, "scale='30' is not a positive number"),
        ({"scale": 30, "dimensions": (3, 3)}, "dimensions= and scale= both say how large a pixel is"),
        ({"dimensions": 256}, "dimensions=256 is not (width, height)"),
        ({"dimensions": (0, 5)}, "is not (width, height) in pixels, each at least 1"),
        ({"crs_transform": [1, 0, 0, 0, -1, 0]}, "crs_transform= needs crs= beside it"),
        ({"crs": "EPSG:32631", "crs_transform": [1, 2]}, "crs_transform=[1, 2] is not six numbers"),
        ({"crs": "EPSG:32631", "crs_transform": [0, 0, 0, 0, 0, 0]}, "has no inverse"),
        ({"crs": "EPSG:0"}, "EPSG:0"),
        ({"region": (50, 50, 51, 51)}, "region= lies outside"),
        ({"region": (3, 2, 1)}, "region=(3, 2, 1) is not (west, south, east, north)"),
        ({"region": {"type": "Polygon"}}, "region="),
        ({"crs": "EPSG:4326", "scale": 0.0003}, "is in metres"),
    ],
)
def test_what_can_not_work_is_told(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as told:
        download(ONE, "x.tif", **arguments)
    assert message in str(told.value)
    assert list(Path().iterdir()) == []


@pytest.mark.usefixtures("earth")
def test_where_no_file_can_be() -> None:
    Path("folder").mkdir()
    Path("file").write_text("x")
    for path, kind, message in (
        ("folder", "GEO_TIFF", "is a folder: pass the name of a file in it"),
        ("nowhere/x.tif", "GEO_TIFF", "in a folder that does not exist"),
        ("nowhere/x.zip", "ZIPPED_GEO_TIFF", "in a folder that does not exist"),
        ("file", "ZIPPED_GEO_TIFF", "is a file: pass a name that ends in '.zip'"),
        (3, "NPY", "path=3 is no path"),
    ):
        with pytest.raises(InputError, match=message):
            download(ONE, path, format=kind)  # type: ignore[arg-type] # one of them is no path on purpose


@pytest.mark.usefixtures("earth")
def test_images_only() -> None:
    with pytest.raises(InputError, match=r"is a collection of 3 images: pass the id of one, or an image made of them"):
        download(MANY, "x.tif")
    (path,) = download(ee.ImageCollection(MANY).mosaic(), "x.tif", region=INSIDE, scale=30)
    assert Raster(path).pixels.count()


@pytest.mark.usefixtures("earth")
def test_what_has_no_end_needs_a_region() -> None:
    with pytest.raises(InputError, match=r"has no end: pass region="):
        download(ee.Image.constant(1), "x.tif", scale=30)
    with pytest.raises(InputError, match=r"without pixels of its own: pass scale="):
        download(ee.Image.constant(1), "x.tif", region=INSIDE)
    (path,) = download(ee.Image.constant(1), "x.tif", region=INSIDE, scale=30)
    assert (Raster(path).pixels == 1).all()


@pytest.mark.usefixtures("earth")
def test_a_region_across_the_antimeridian() -> None:
    """In two requests, since no longitude lies beyond 180 at the service; in the file they run on."""
    (path,) = download(ee.Image.pixelLonLat().select("longitude"), "x.tif", region=(179, -1, -179, 1), scale=20000)
    found = Raster(path)
    a, _, c = found.transform[:3]
    assert (c, c + a * found.pixels.shape[2]) == pytest.approx((179, 181), abs=a)
    east = c + a * (np.arange(found.pixels.shape[2]) + 0.5)
    np.testing.assert_allclose(found.pixels[0, 0], (east + 180) % 360 - 180, atol=1e-9)


@pytest.mark.usefixtures("earth")
@pytest.mark.parametrize(
    ("kind", "name", "files"),
    [("GEO_TIFF", "a.tif", 1), ("COG", "a.tif", 1), ("NPY", "a.npy", 1), ("ZIPPED_GEO_TIFF", "a.zip", 2)],
)
def test_progress_of_each_file(kind: str, name: str, files: int) -> None:
    told: list[Progress] = []
    download(ONE, name, format=kind, progress=told.append)
    ends = [progress for progress in told if progress.done == progress.total]
    assert len(ends) == files
    assert sum(progress.bytes for progress in ends) == sum(progress.total_bytes for progress in ends) > 0
    assert all(progress.done == progress.bytes == 0 for progress in told if progress not in ends)
    assert len(told) == 2 * files


def test_progress_of_the_blocks_of_an_npy_file(earth: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xee_lite.outputs.npy_file._BLOCK_BYTES", 16 * SHAPE[1] * 4)
    told: list[Progress] = []
    download(ONE, "a.npy", format="NPY", progress=told.append)
    assert [progress.done for progress in told] == [0, 1, 2, 3]
    assert told[-1].requests == len(earth.requests.of("computePixels")) + len(earth.requests.of("getPixels")) == 3
    np.testing.assert_array_equal(np.load("a.npy")["red"], RED.filled(0))


def test_progress_that_can_not_be_told_is_refused_before_a_request(earth: Emulator) -> None:
    with pytest.raises(InputError, match="pass True, a function of an xee_lite"):
        download(ONE, "a.tif", progress="yes")  # type: ignore[arg-type] # that is what is tested
    assert not earth.requests
