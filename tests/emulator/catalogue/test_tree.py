from __future__ import annotations

import numpy as np

from xee_lite import emulator
from xee_lite.emulator.catalogue.assets import Folder
from xee_lite.emulator.catalogue.memory import set_id
from xee_lite.emulator.catalogue.tree import Layers, Tree

IMAGE = emulator.memory_image({"a": np.zeros((1, 1), "u1")}, crs="EPSG:4326", transform=[1, 0, 0, 0, -1, 1])
COLLECTION = emulator.memory_collection([IMAGE])


def a_tree(*names: str) -> Tree:
    return Tree("p", {name: lambda name=name: set_id(IMAGE, name) for name in names})  # type: ignore[misc]


def test_folders_follow_from_ids() -> None:
    tree = a_tree("projects/p/assets/a/b/c", "projects/p/assets/a/d", "projects/p/assets/e")
    assert tree.find("projects/p/assets") == Folder("projects/p/assets", ("projects/p/assets/a", "projects/p/assets/e"))
    assert tree.find("projects/p/assets/a") == Folder(
        "projects/p/assets/a", ("projects/p/assets/a/b", "projects/p/assets/a/d")
    )
    assert tree.find("projects/p/assets/a/b/c/d") is None
    assert tree.find("projects/p") is None


def test_a_project_without_assets_is_an_empty_folder() -> None:
    assert Tree("p", {}).find("projects/p/assets") == Folder("projects/p/assets", ())
    assert Tree("p", {}).find("projects/q/assets") is None


def test_ids_need_not_be_of_a_project() -> None:
    tree = a_tree("MY/DATA")
    assert isinstance(tree.find("MY"), Folder)
    assert tree.find("MY/DATA") is not None


def test_images_of_a_collection_are_assets() -> None:
    tree = Tree("p", {"projects/p/assets/c": lambda: COLLECTION})
    assert tree.find("projects/p/assets/c/0") is not None
    assert tree.find("projects/p/assets/c/1") is None


def test_the_first_layer_wins_and_names_are_ids() -> None:
    first, second = a_tree("A/B"), a_tree("A/B", "A/C")
    layers = Layers(first, second)
    assert layers.find("projects/earthengine-public/assets/A/C") is not None
    assert layers.find("A/C/") is None
    assert layers.find("A/D") is None
