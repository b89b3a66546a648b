"""Missing pixels: what is valid, and what each policy makes of it."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from tests.client.ml.pieces import in_memory, truth
from xee_lite import InputError, ml
from xee_lite.ml.missing import fill_of, is_class, missing_pixels


def with_holes() -> tuple[xr.Dataset, ml.Patches]:
    dataset = in_memory()
    dataset["b0"][:10, :10] = np.nan
    dataset["b1"][:20, :5] = np.nan
    return dataset, ml.grid_patches(dataset, 10)


def test_a_number_or_a_mask() -> None:
    dataset, patches = with_holes()
    expected = truth(dataset, patches)
    numbers = np.arange(len(patches))
    batch = ml.PatchReader(dataset, patches, missing="mask").read(numbers)
    np.testing.assert_array_equal(batch["mask"], ~np.isnan(expected))
    np.testing.assert_array_equal(batch["image"], np.nan_to_num(expected, nan=0))
    batch = ml.PatchReader(dataset, patches, missing=-1).read(numbers)
    np.testing.assert_array_equal(batch["image"], np.nan_to_num(expected, nan=-1))
    assert "mask" not in batch
    kept = ml.PatchReader(dataset, patches, missing="keep").read(numbers)
    np.testing.assert_array_equal(kept["image"], expected)


@pytest.mark.parametrize(
    ("policy", "kept"), [("drop", 46), (ml.Missing(drop_above=0.25), 47), (ml.Missing(drop_above=0.76), 48)]
)
def test_patches_are_left_out(policy: object, kept: int) -> None:
    dataset, patches = with_holes()
    reader = ml.PatchReader(dataset, patches, missing=policy)  # type: ignore[arg-type]
    found = np.concatenate([batch["index"] for batch in reader.batches(7)])
    parts = np.isnan(truth(dataset, patches)).reshape(len(patches), -1).mean(axis=1)
    limit = ml.Missing.of(policy).drop_above
    assert limit is not None
    np.testing.assert_array_equal(found, np.flatnonzero(parts <= limit))
    assert len(found) == kept == len(reader.complete())


def test_a_patch_without_a_label_is_left_out() -> None:
    dataset, patches = in_memory(), ml.grid_patches(in_memory(), 10)
    labels = in_memory(1)
    labels["b0"][35, 25] = np.nan
    batch = ml.PatchReader(dataset, patches, labels=labels, missing="drop").read(np.arange(len(patches)))
    assert np.setdiff1d(np.arange(len(patches)), batch["index"]).tolist() == [3 * 8 + 2]
    assert len(batch["label"]) == len(batch["image"]) == len(patches) - 1


def test_integers_say_what_is_missing() -> None:
    dataset = in_memory(1).astype("int32").assign(other=lambda ds: ds["b0"] % 5)
    dataset["b0"].attrs["_FillValue"] = 7
    patches = ml.grid_patches(dataset, 20)
    expected = truth(dataset, patches)
    batch = ml.PatchReader(dataset, patches).read(np.arange(len(patches)))
    assert batch["image"].dtype == np.int32
    np.testing.assert_array_equal(batch["mask"][:, 0], expected[:, 0] != 7)
    assert batch["mask"][:, 1].all()
    with pytest.raises(InputError, match=r"does not hold 0\.5"):
        ml.PatchReader(dataset, patches, missing=0.5)


def test_what_is_valid_of_bands_of_several_kinds() -> None:
    pixels = np.array([1.0, np.nan, 3.0])[None, :, None, None]
    assert missing_pixels(pixels, (1.0, np.nan, None)).ravel().tolist() == [True, True, False]


def test_classes_are_integers_without_a_scale() -> None:
    floats = xr.Variable("x", np.zeros(2, dtype="f4"))
    assert not is_class(floats)
    floats.encoding["dtype"] = np.dtype("u1")
    assert is_class(floats)
    floats.encoding["scale_factor"] = 0.1
    assert not is_class(floats)
    whole = xr.Variable("x", np.zeros(2, dtype="u1"), {"_FillValue": 255})
    assert is_class(whole)
    assert fill_of(whole) == 255


@pytest.mark.parametrize("policy", ["nan", None, True, [0], {"fill": 0}])
def test_policies_that_are_none(policy: object) -> None:
    with pytest.raises(InputError, match="missing="):
        ml.Missing.of(policy)


@pytest.mark.parametrize("arguments", [{"fill": "0"}, {"drop_above": 1}, {"drop_above": -0.1}, {"drop_above": "half"}])
def test_numbers_that_are_none(arguments: dict[str, object]) -> None:
    with pytest.raises(InputError, match="pass a"):
        ml.Missing(**arguments)  # type: ignore[arg-type]
