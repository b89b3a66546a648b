"""Assets by their ids, in folders that follow from the ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..images.image import Image
from .assets import Folder, Table
from .names import asset_id, root_id

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..values.stored import StoredCollection
    from .assets import Asset, Catalogue

    Loader = Callable[[], Image | StoredCollection | Table]


class Tree:
    """A catalogue of named assets.

    Requests are answered from the ids that it was given: nothing of a request ever becomes a path.

    Parameters
    ----------
    project : str
        Its folder of assets is there even when it is empty.
    loaders : mapping of str to callable
        What makes the asset of each id; called whenever the asset is looked up.
    folders : mapping of str to mapping, optional
        Properties of the folders that are there even when they are empty, by id.
    """

    def __init__(
        self, project: str, loaders: Mapping[str, Loader], folders: Mapping[str, Mapping[str, Any]] | None = None
    ) -> None:
        self._loaders = dict(loaders)
        self._properties = dict(folders or {})
        self._folders: dict[str, list[str]] = {name: [] for name in (root_id(project), *self._properties)}
        for name in sorted([*self._loaders, *self._properties]):
            self._add_parents(name)

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the assets, without folders."""
        return tuple(self._loaders)

    def find(self, asset_id: str) -> Asset | None:
        """The asset of that id, or None."""
        if asset_id in self._loaders:
            return self._loaders[asset_id]()
        if asset_id in self._folders:
            return Folder(asset_id, tuple(self._folders[asset_id]), self._properties.get(asset_id, {}))
        parent, _, index = asset_id.rpartition("/")
        collection = self._loaders[parent]() if parent in self._loaders else None
        if collection is None or isinstance(collection, (Image, Table)):
            return None
        return collection.image(index)

    def _add_parents(self, child: str) -> None:
        parent = child.rpartition("/")[0]
        if not parent or (parent.endswith("/assets") and parent.count("/") > 2):
            return
        siblings = self._folders.setdefault(parent, [])
        if child in siblings:
            return
        siblings.append(child)
        if parent.count("/") > 2:
            self._add_parents(parent)


class Layers:
    """Several catalogues as one: the first that has an asset wins."""

    def __init__(self, *catalogues: Catalogue) -> None:
        self._catalogues = catalogues

    def find(self, asset_id_or_name: str) -> Asset | None:
        """The asset of that id or name, or None."""
        short_id = asset_id(asset_id_or_name)
        for catalogue in self._catalogues:
            found = catalogue.find(short_id)
            if found is not None:
                return found
        return None
