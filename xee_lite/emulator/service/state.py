"""What a running server holds, as the handlers of its methods see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .profile_store import ProfileStore
from .request_store import RequestStore

if TYPE_CHECKING:
    from ..catalogue.assets import Catalogue
    from ..catalogue.workspace import Workspace
    from .destinations import Destinations
    from .operations import Operations
    from .payload import Json


@dataclass(frozen=True, slots=True)
class ServiceState:
    """What a running server holds.

    Attributes
    ----------
    catalogue : Catalogue
        The stored assets.
    workspace : Workspace
        Those of them that can be changed.
    destinations : Destinations
        Where the files of exports go.
    operations : Operations
        Runs exports.
    junk_under_masks : bool
        Whether masked pixels of float bands come as other numbers than 0.
    requests : RequestStore
        Thumbnails, maps and tables that were created.
    configs : dict
        Configurations of projects, by ``projects/p``.
    policies : dict
        IAM policies of assets, by their short ids.
    profiles : ProfileStore
        Profiles of the requests that asked for one.
    """

    catalogue: Catalogue
    workspace: Workspace
    destinations: Destinations
    operations: Operations
    junk_under_masks: bool = False
    requests: RequestStore = field(default_factory=RequestStore)
    configs: dict[str, Json] = field(default_factory=dict)
    policies: dict[str, Json] = field(default_factory=dict)
    profiles: ProfileStore = field(default_factory=ProfileStore)
