"""Changes that clients made to the metadata of an asset in the data folder, in a hidden file beside it.

A file's own header and its STAC Item are never written to: what was changed through the API lies over them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Json = dict[str, Any]


def sidecar_path(asset_path: Path) -> Path:
    """Where the sidecar of a file or folder is: ``.name.asset.json`` beside a file, ``.asset.json`` in a folder."""
    return asset_path / ".asset.json" if asset_path.is_dir() else asset_path.with_name(f".{asset_path.stem}.asset.json")


def read_sidecar(asset_path: Path) -> Json:
    """Read the sidecar of a file or folder: its ``type`` if it is a folder, and ``properties`` (null is removed).

    One that is a link, or that was written by hand and is no JSON object, counts as none.
    """
    path = sidecar_path(asset_path)
    if path.is_symlink() or not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def write_sidecar(asset_path: Path, content: Json) -> None:
    """Write the sidecar of a file or folder that is there, in one step."""
    path = sidecar_path(asset_path)
    draft = path.with_name(f"{path.name}.part")
    draft.unlink(missing_ok=True)  # a link would be followed
    draft.write_text(json.dumps(content), encoding="utf-8")
    draft.replace(path)


def merge_sidecar(properties: Mapping[str, Any], sidecar: Json) -> Json:
    """Properties, with those of a sidecar over them."""
    changed = sidecar.get("properties", {})
    both = {**properties, **(changed if isinstance(changed, dict) else {})}
    return {name: value for name, value in both.items() if value is not None}


def size_of(sidecar: Json, asset_path: Path) -> int:
    """Bytes of an asset: of its pixels alone where a sidecar tells, as of an exported image, else of its file.

    The service counts neither the header of a file nor what masks take; whether it counts pixels compressed is not
    known, here it does not.
    """
    size = sidecar.get("size")
    return size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else asset_path.stat().st_size
