"""The objects for PyTorch give the same patches as the reader, whoever reads them."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.client.ml.pieces import GRID, in_memory, truth
from tests.client.scenes import ID, Serve, filled, image, opened, pixels
from xee_lite import InputError, ml

torch = pytest.importorskip("torch", reason="torch is not installed (extra ml)")
from torch.utils.data import DataLoader  # noqa: E402 - where it is installed

from xee_lite.ml.torch import PatchDataset, PatchLoader, PatchStream, on_device, tensors, torchgeo_sample  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path


def reader(count: int = 30, **options: Any) -> ml.PatchReader:
    dataset = in_memory()
    return ml.PatchReader(dataset, ml.random_patches(dataset, count, 8, seed=2), **options)


def numbers_of(batches: Any) -> list[list[int]]:
    return [batch["index"].tolist() for batch in batches]


def test_a_dataset_by_number() -> None:
    found = PatchDataset(reader())
    expected = truth(in_memory(), found.reader.patches)
    assert len(found) == 30
    np.testing.assert_array_equal(found[7]["image"].numpy(), expected[7])
    assert found[7]["mask"].all()
    loader = DataLoader(found, batch_size=8, shuffle=True, generator=torch.Generator().manual_seed(1))
    for batch in loader:
        np.testing.assert_array_equal(batch["image"].numpy(), expected[batch["index"].numpy()])


def test_a_loader_reads_each_patch_once_an_epoch_in_another_order() -> None:
    loader, again = (PatchLoader(reader(), 8, seed=5) for _ in range(2))
    epochs = [numbers_of(loader) for _ in range(3)]
    assert epochs == [numbers_of(again) for _ in range(3)]
    assert epochs[0] != epochs[1] != epochs[2]
    assert all(sorted(chain(*epoch)) == list(range(30)) for epoch in epochs)
    loader.epoch = 1
    assert numbers_of(loader) == epochs[1]
    assert numbers_of(PatchLoader(reader(), 8, shuffle=False)) == [
        list(range(n, min(n + 8, 30))) for n in range(0, 30, 8)
    ]


def test_ranks_read_apart() -> None:
    streams = [PatchStream(reader(), 4, seed=1, rank=rank, ranks=3) for rank in range(3)]
    found = [list(chain(*numbers_of(stream))) for stream in streams]
    assert [len(numbers) for numbers in found] == [10, 10, 10]
    assert sorted(chain(*found)) == list(range(30))
    with pytest.raises(InputError, match="rank=3"):
        PatchStream(reader(), 4, rank=3, ranks=3)


def test_worker_processes_read_from_the_service(serve: Serve, tmp_path: Path) -> None:
    """Two spawned workers that persist: each patch once in each epoch, epochs differ, and the cache is shared."""
    array = pixels("u2", 1)
    earth = serve(assets={ID: image({"B1": array})})
    ds = opened(ID)
    patches = ml.random_patches(ds, 24, 5)
    loader = PatchLoader(ml.PatchReader(ds, patches, missing="keep", cache=tmp_path), 4, workers=2)
    expected, orders = filled(array, "f4"), []
    for _ in range(2):
        earth.requests.clear()
        order: list[int] = []
        for batch in loader:
            order += batch["index"].tolist()
            for number, patch in zip(batch["index"].tolist(), batch["image"].numpy(), strict=True):
                window = patches.window(number)
                np.testing.assert_array_equal(
                    patch[0], expected[window.row : window.row + 5, window.col : window.col + 5]
                )
        assert sorted(order) == list(range(24))
        orders.append(order)
    assert orders[0] != orders[1]
    assert not [request for request in earth.requests if "Pixels" in request.kind]
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 24


def test_types_that_tensors_have() -> None:
    batch = {"a": np.arange(3, dtype="u2"), "b": np.arange(3, dtype="f4"), "c": np.arange(3, dtype="u8")}
    found = tensors(batch)
    assert [array.dtype for array in found.values()] == [torch.int32, torch.float32, torch.int64]
    assert found["b"].data_ptr() == batch["b"].ctypes.data


def test_a_device() -> None:
    batches = list(PatchLoader(reader(), 16, device="cpu"))
    assert numbers_of(batches) == numbers_of(PatchLoader(reader(), 16))
    assert list(on_device([], torch.device("cpu"))) == []


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_a_gpu() -> None:
    expected = truth(in_memory(), reader().patches)
    for batch in PatchLoader(reader(), 16, device="cuda"):
        np.testing.assert_array_equal(batch["image"].cpu().numpy(), expected[batch["index"].cpu().numpy()])


def test_policies_that_leave_patches_out() -> None:
    dataset = in_memory()
    dataset["b0"][:10] = np.nan
    dropping = ml.PatchReader(dataset, ml.grid_patches(dataset, 10), missing="drop")
    assert sum(len(batch["index"]) for batch in PatchLoader(dropping, 8)) == 40
    with pytest.raises(InputError, match=r"reader\.complete\(\)"):
        PatchDataset(dropping)
    with pytest.raises(InputError, match=r"reader\.complete\(\)"):
        PatchStream(dropping, 8, rank=0, ranks=2)
    assert len(PatchDataset(ml.PatchReader(dataset, dropping.complete()))) == 40


def test_the_names_of_torchgeo() -> None:
    labelled = ml.PatchReader(in_memory(), ml.grid_patches(GRID, 20), labels=in_memory(1))
    found = torchgeo_sample(PatchDataset(labelled)[0])
    assert found["mask"].shape == (20, 20)
    assert found["image"].shape == found["valid"].shape == (2, 20, 20)
