"""What the server does for each kind of request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..catalogue.names import is_root
from ..errors import EarthError
from ..evaluator.describe import describe
from ..evaluator.interpreter import evaluate
from ..evaluator.registry import served
from . import payload, rest_assets, rest_maps, rest_pixels, rest_tables, rest_thumbnails
from .destinations import Destinations
from .discovery import document
from .limits import PAGE_FULL
from .operations import seconds
from .pages import Page
from .request_store import Kept
from .rest_changes import Changes
from .rest_exports import Exports

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    from ..catalogue.assets import Catalogue
    from ..catalogue.workspace import Workspace
    from .call import Call, Result, Work
    from .encode import Encoded
    from .operations import Operations
    from .payload import Json


class Api:
    """The work behind each method, by the kind that `METHODS` gives it.

    Parameters
    ----------
    catalogue : Catalogue
        The stored assets.
    workspace : Workspace
        Those of them that can be changed.
    operations : Operations
        What runs exports.
    exports : path, optional
        Where the files of exports go.
    """

    def __init__(
        self, catalogue: Catalogue, workspace: Workspace, operations: Operations, exports: str | PathLike[str] | None
    ) -> None:
        self._catalogue = catalogue
        self._kept = Kept()
        self._configs: dict[str, Json] = {}
        self.works: Mapping[str, Work] = {
            "discovery": lambda call: document(call.root_url),
            "algorithms": lambda _call: served(),
            "config": lambda call: self._config(call.project),
            "updateConfig": self._update_config,
            "unimplemented": _unimplemented,
            "computeValue": self._compute_value,
            "computePixels": lambda call: rest_pixels.compute_pixels(catalogue, call.body()),
            "getPixels": lambda call: rest_pixels.get_pixels(catalogue, call.name, call.body()),
            "listAssets": lambda call: rest_assets.list_assets(catalogue, call.name, call.query),
            **self._thumbnails_and_maps(),
            **self._tables(),
            **self._changes(workspace),
            **_exports(Exports(catalogue, workspace, Destinations(exports), operations)),
        }

    def _thumbnails_and_maps(self) -> dict[str, Work]:
        catalogue, kept = self._catalogue, self._kept

        def sequence(collection: str) -> Work:
            def work(call: Call) -> Result:
                return rest_thumbnails.create_sequence(catalogue, kept, f"{call.project}/{collection}", call.body())

            return work

        def thumbnail(call: Call) -> Json:
            return rest_thumbnails.create_thumbnail(catalogue, kept, f"{call.project}/thumbnails", call.body())

        def tile(call: Call) -> Encoded:
            return rest_maps.get_tile(catalogue, kept, call.name, call.path)

        return {
            "createThumbnail": thumbnail,
            "createVideoThumbnail": sequence("videoThumbnails"),
            "createFilmstripThumbnail": sequence("filmstripThumbnails"),
            "getThumbnail": lambda call: rest_thumbnails.get_thumbnail(catalogue, kept, call.name),
            "createMap": lambda call: rest_maps.create_map(catalogue, kept, f"{call.project}/maps", call.body()),
            "getTile": tile,
        }

    def _tables(self) -> dict[str, Work]:
        catalogue, kept = self._catalogue, self._kept

        def table(call: Call) -> Json:
            return rest_tables.create_table(catalogue, kept, f"{call.project}/tables", call.body())

        return {
            "computeImages": lambda call: rest_tables.compute_images(catalogue, call.body()),
            "computeFeatures": lambda call: rest_tables.compute_features(catalogue, call.body()),
            "listFeatures": lambda call: rest_tables.list_features(catalogue, call.name, call.query),
            "createTable": table,
            "getTable": lambda call: rest_tables.get_table(catalogue, kept, call.name),
        }

    def _changes(self, workspace: Workspace) -> dict[str, Work]:
        changes = Changes(self._catalogue, workspace)
        return {
            "getAsset": lambda call: rest_assets.get_asset(self._catalogue, call.name) | _quota(call.name, workspace),
            "createAsset": lambda call: changes.create(call.project, call.query, call.body()),
            "updateAsset": lambda call: changes.update(call.name, call.query, call.body()),
            "deleteAsset": lambda call: changes.delete(call.name),
            "copyAsset": lambda call: changes.copy(call.name, call.body()),
            "moveAsset": lambda call: changes.move(call.name, call.body()),
            "getIamPolicy": lambda call: changes.get_policy(call.name, call.body()),
            "setIamPolicy": lambda call: changes.set_policy(call.name, call.body()),
            "testIamPermissions": lambda call: changes.test_permissions(call.name, call.body()),
        }

    def _config(self, project: str) -> Json:
        return {"name": f"{project}/config", **self._configs.get(project, {})}

    def _update_config(self, call: Call) -> Json:
        """Remember what a project is configured to; nothing follows from it."""
        body = call.body("name", "maxConcurrentExports", "max_concurrent_exports")
        value = body.get("maxConcurrentExports", body.get("max_concurrent_exports"))
        if value is not None:
            self._configs[call.project] = {"maxConcurrentExports": payload.integer(value, "maxConcurrentExports")}
        return self._config(call.project)

    def _compute_value(self, call: Call) -> Json:
        body = call.body("expression", "workloadTag")
        payload.text(body.get("workloadTag", ""), "workloadTag")
        return {"result": describe(evaluate(rest_pixels.required_expression(body), self._catalogue))}


def _exports(exports: Exports) -> dict[str, Work]:
    operations = exports.operations

    def listed(call: Call) -> Json:
        entries, following = Page.parse(call.query, PAGE_FULL).of(operations.all(call.project))
        return {"operations": entries, **({"nextPageToken": following} if following else {})}

    def wait(call: Call) -> Json:
        return operations.wait(call.name, seconds(payload.text(call.body("timeout").get("timeout", "60s"), "timeout")))

    return {
        "exportImage": lambda call: exports.image(call.project, call.body()),
        "exportTable": lambda call: exports.table(call.project, call.body()),
        "getOperation": lambda call: operations.get(call.name).to_json(),
        "listOperations": listed,
        "cancelOperation": lambda call: operations.cancel(call.name),
        "deleteOperation": lambda call: operations.delete(call.name),
        "waitOperation": wait,
    }


def _quota(name: str, workspace: Workspace) -> Json:
    """What a root folder says of its use; the limits are the service's (guide to usage)."""
    if not is_root(name):
        return {}
    count, size = workspace.usage()
    return {
        "quota": {
            "assetCount": str(count),
            "maxAssets": "10000",
            "sizeBytes": str(size),
            "maxSizeBytes": str(250 * 2**30),
        }
    }


def _unimplemented(call: Call) -> Result:
    """Refuse what the service has and this server has not: with a code that clients do not try again."""
    raise EarthError(f"This emulator does not implement {call.method}.", 400, "UNIMPLEMENTED")
