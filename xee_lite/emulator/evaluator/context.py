"""What an algorithm gets besides its arguments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..catalogue.assets import Catalogue


@dataclass(frozen=True, slots=True)
class Context:
    """The surroundings of one evaluation.

    An algorithm gets it by having a keyword-only parameter named ``context``.
    """

    catalogue: Catalogue
