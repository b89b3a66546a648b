"""What an algorithm gets besides its arguments."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..catalogue.assets import Catalogue
    from ..profiling import Profile


@dataclass(frozen=True, slots=True)
class Context:
    """The surroundings of one evaluation.

    An algorithm gets it by having a keyword-only parameter named ``context``.

    Attributes
    ----------
    catalogue : Catalogue
        Where assets are found.
    profiles : mapping of str to Profile
        Those of earlier requests, by their ids.
    """

    catalogue: Catalogue
    profiles: Mapping[str, Profile] = field(default_factory=dict)
