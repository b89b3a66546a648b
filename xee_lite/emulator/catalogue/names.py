"""Asset ids, as users write them, and asset names, as REST paths spell them."""

from __future__ import annotations

import re

_NAME = re.compile(r"projects/([^/]+)/assets/(.+)")
_ROOT = re.compile(r"projects/([^/]+)(?:/assets/?)?")
PUBLIC = "earthengine-public"
LEGACY = "earthengine-legacy"


def asset_id(name: str) -> str:
    """The short id of an asset name.

    ``projects/earthengine-public/assets/USGS/SRTMGL1_003`` is ``USGS/SRTMGL1_003``,
    ``projects/earthengine-legacy/assets/users/me/x`` is ``users/me/x``; names of other projects are ids already, and so
    is everything that is no asset name. The reverse of what the official client does to an id
    (``ee._cloud_api_utils.convert_asset_id_to_asset_name``).
    """
    match = _NAME.fullmatch(name)
    return match[2] if match and match[1] in (PUBLIC, LEGACY) else name


def asset_name(short_id: str) -> str:
    """The name of an asset id: the reverse of `asset_id`."""
    if _NAME.fullmatch(short_id):
        return short_id
    owner = LEGACY if short_id.split("/", maxsplit=1)[0] in ("users", "projects") else PUBLIC
    return f"projects/{owner}/assets/{short_id}"


def is_root(name: str) -> bool:
    """Whether a name is that of a project (``projects/p``, ``projects/p/assets``): the folder of its assets."""
    return _ROOT.fullmatch(name) is not None


def root_id(project: str) -> str:
    """The id that a project's folder of assets goes by."""
    return f"projects/{project}/assets"
