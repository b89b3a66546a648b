"""A project's own assets: those in its data folder can be changed, those given in memory cannot.

No part of a request becomes a path unchecked. What is there already is known by the paths that a walk found; a new
asset lies in a folder that a walk found, under a name of letters, digits, hyphens and underscores.
"""

from __future__ import annotations

import logging
import re
import secrets
import shutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import EarthError
from .assets import Folder
from .names import asset_name, root_id
from .sidecar import read_sidecar, sidecar_path, write_sidecar
from .tree import Tree

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from .assets import Asset
    from .folder import Contents
    from .tree import Loader

_LOGGER = logging.getLogger(__name__)
_COMPONENT = re.compile(r"[A-Za-z0-9_-]{1,100}")
"""Part of an asset id (guide to managing assets: letters, digits, underscores and hyphens)."""


class Workspace:
    """The assets of a project.

    Parameters
    ----------
    project : str
    data : path, optional
        The folder; without one nothing can be written.
    memory : mapping of str to callable
        What makes each asset in memory, by id.

    Raises
    ------
    FileNotFoundError
        If ``data`` is not a folder.
    """

    def __init__(self, project: str, data: str | os.PathLike[str] | None, memory: Mapping[str, Loader]) -> None:
        self._project = project
        self._data = data
        self._memory = dict(memory)
        self._lock = threading.RLock()
        self._told: set[tuple[Path, str]] = set()
        self._look()

    def _look(self) -> None:
        """Scan the folder again; readers meanwhile see the old state or the new one."""
        contents = self._contents()
        self._paths = contents.paths if contents else {}
        loaders = {**contents.loaders, **self._memory} if contents else self._memory
        self._tree = Tree(self._project, loaders, contents.folders if contents else {})

    def _contents(self) -> Contents | None:
        if self._data is None:
            return None
        from .folder import folder_contents  # noqa: PLC0415 - brings GDAL, which takes long to load

        return folder_contents(self._data, self._project, self._tell)

    def _tell(self, path: Path, reason: str) -> None:
        """Log once that a file is not served; the others are."""
        if (path, reason) not in self._told:
            self._told.add((path, reason))
            _LOGGER.warning("%s is left out: %s", path, reason)

    def find(self, asset_id: str) -> Asset | None:
        """The asset of that id, or None."""
        return self._tree.find(asset_id)

    def ids(self) -> tuple[str, ...]:
        """Ids of images, collections and tables; images of collections are not among them."""
        return self._tree.ids

    def file(self, asset_id: str) -> Path | None:
        """The file of an image or a table; None of what is in memory, or is no file."""
        asset_path = None if asset_id in self._memory else self._paths.get(asset_id)
        return asset_path if asset_path is not None and asset_path.is_file() else None

    def usage(self) -> tuple[int, int]:
        """Assets in the data folder, and the bytes that they take."""
        files = [asset_path for asset_path in self._paths.values() if asset_path.is_file()]
        return len(self._paths), sum(file.stat().st_size for file in files)

    def create(self, asset_id: str, kind: str, properties: Mapping[str, Any]) -> None:
        """Make an empty FOLDER or IMAGE_COLLECTION."""
        with self._lock:
            asset_path = self._target(asset_id, "", overwrite=False)
            asset_path.mkdir()
            write_sidecar(asset_path, {"type": kind, "properties": dict(properties)})
            self._look()

    def update(self, asset_id: str, changes: Mapping[str, Any]) -> None:
        """Change properties; those that are None go."""
        with self._lock:
            asset_path = self._existing_path(asset_id, "update")
            sidecar = read_sidecar(asset_path)
            known = sidecar.get("properties")
            merged = {**(known if isinstance(known, dict) else {}), **changes}
            write_sidecar(asset_path, {**sidecar, "properties": merged})
            self._look()

    def delete(self, asset_id: str) -> None:
        """Remove an asset; a folder or collection must be empty."""
        with self._lock:
            asset_path = self._existing_path(asset_id, "delete")
            if asset_path.is_dir():
                if any(name.startswith(f"{asset_id}/") for name in self._paths):
                    raise EarthError(f"Cannot delete asset '{asset_id}': it is not empty.", 400, "FAILED_PRECONDITION")
                if any(entry != sidecar_path(asset_path) for entry in asset_path.iterdir()):
                    raise EarthError(f"Cannot delete asset '{asset_id}': its folder holds files that are no assets.")
                sidecar_path(asset_path).unlink(missing_ok=True)
                asset_path.rmdir()
            else:
                self._keep_collection(asset_id)
                self._remove(asset_path)
            self._look()

    def copy(self, source: str, target: str, *, overwrite: bool) -> None:
        """Copy an image or a table."""
        with self._lock:
            asset_path = self._existing_path(source, "get")
            if asset_path.is_dir():
                raise EarthError(f"Asset '{source}' can not be copied: it is no image or table.")
            destination = self._target(target, asset_path.suffix, overwrite=overwrite)
            replaced = self._paths.get(target)
            if replaced == asset_path:
                return
            if replaced is not None:
                self._remove(replaced)
            for old, new in _companions(asset_path, destination):
                shutil.copyfile(old, new)
            self._look()

    def move(self, source: str, target: str) -> None:
        """Give an asset another id; a folder moves with all that is in it."""
        with self._lock:
            asset_path = self._existing_path(source, "update")
            if target == source or target.startswith(f"{source}/"):
                raise EarthError(f"Asset '{source}' can not be moved to '{target}', into itself.")
            destination = self._target(target, "" if asset_path.is_dir() else asset_path.suffix, overwrite=False)
            self._keep_collection(source)
            for old, new in (
                [(asset_path, destination)] if asset_path.is_dir() else _companions(asset_path, destination)
            ):
                old.rename(new)
            self._look()

    def draft(self, asset_id: str, suffix: str, *, overwrite: bool) -> Path:
        """Where to write what will be an asset: a hidden file in its folder.

        Raises
        ------
        EarthError
            If there must not be an asset of that id.
        """
        asset_path = self._target(asset_id, suffix, overwrite=overwrite)
        return asset_path.with_name(f".{asset_path.stem}.{secrets.token_hex(8)}.part{suffix}")

    def publish(self, draft: Path, asset_id: str, sidecar: Mapping[str, Any], *, overwrite: bool) -> None:
        """Make a draft the asset."""
        with self._lock:
            asset_path = self._target(asset_id, draft.suffix, overwrite=overwrite)
            if asset_id in self._paths:
                self._remove(self._paths[asset_id])
            draft.replace(asset_path)
            write_sidecar(asset_path, dict(sidecar))
            self._look()

    def _existing_path(self, asset_id: str, deed: str) -> Path:
        if asset_id not in self._paths:
            raise make_denied_error(asset_id, deed)
        return self._paths[asset_id]

    def _target(self, asset_id: str, suffix: str, *, overwrite: bool) -> Path:
        """The path of an asset to be."""
        root = root_id(self._project)
        parent, _, name = asset_id.rpartition("/")
        if self._data is None or not asset_id.startswith(f"{root}/"):
            raise make_denied_error(asset_id, "create")
        if any(_COMPONENT.fullmatch(part) is None for part in asset_id[len(root) + 1 :].split("/")):
            raise EarthError(
                f"Asset ID '{asset_id[:500]}' is not valid: between slashes it has letters, digits, hyphens and "
                "underscores, 1 to 100 of them."
            )
        folder = Path(self._data).resolve() if parent == root else self._paths.get(parent)
        if folder is None or not folder.is_dir():
            raise EarthError(f"Parent asset '{parent}' not found.", 404, "NOT_FOUND")
        known = self._paths.get(asset_id)
        if self.find(asset_id) is not None and not (overwrite and known is not None and known.is_file()):
            raise EarthError(f"Cannot overwrite asset '{asset_id}'.")
        asset_path = folder / f"{name}{suffix}"
        if known is None and (asset_path.exists() or asset_path.is_symlink()):
            raise EarthError(f"Asset '{asset_id}' can not be made: there is a file of that name that is no asset.")
        return asset_path

    def _keep_collection(self, asset_id: str) -> None:
        """Record that a folder is a collection before its last file is removed, from which that followed."""
        parent = asset_id.rpartition("/")[0]
        folder = self._paths.get(parent)
        if folder is not None and not sidecar_path(folder).exists() and not isinstance(self.find(parent), Folder):
            write_sidecar(folder, {"type": "IMAGE_COLLECTION"})

    def _remove(self, file: Path) -> None:
        for path, _ in _companions(file, file):
            path.unlink()


def make_denied_error(asset_id: str, deed: str) -> EarthError:
    """The error of the service for assets of other projects, and for those that do not exist."""
    what = f"Permission 'earthengine.assets.{deed}' denied on resource '{asset_name(asset_id)[:500]}'"
    return EarthError(f"{what} (or it may not exist).", 403, "PERMISSION_DENIED")


def _companions(file: Path, target: Path) -> list[tuple[Path, Path]]:
    """A file, the STAC Item and the sidecar beside it as far as there are any, with where they go for a target."""
    item = (file.with_suffix(".json"), target.with_suffix(".json"))
    sidecar = (sidecar_path(file), target.with_name(f".{target.stem}.asset.json"))
    return [(file, target), *(pair for pair in (item, sidecar) if pair[0].is_file() and not pair[0].is_symlink())]
