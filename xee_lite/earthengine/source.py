"""An Earth Engine image or collection that was described by the service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .limits import EARTH_ENGINE
from .reader import EarthEngineReader
from .reduction import max_pixels
from .thumbnail import draw, mosaic_of

if TYPE_CHECKING:
    from ..planning.limits import Limits
    from ..reader import View
    from ..source import PictureRequest, Pictures
    from ..stack import Stack
    from .graph import Expression
    from .session import Session


@dataclass(frozen=True, slots=True)
class EarthEngineSource:
    """An image or a collection: its expression graph, its description, and the session that evaluates it.

    Attributes
    ----------
    session : Session
    expression : dict
        The graph of the image or of the collection.
    stack : Stack
    """

    session: Session
    expression: Expression
    stack: Stack

    @property
    def limits(self) -> Limits:
        """Those of Earth Engine."""
        return EARTH_ENGINE

    def reader(self, view: View) -> EarthEngineReader:
        """A reader of computePixels and getPixels."""
        return EarthEngineReader(self.session, self.expression, view, max_pixels(view))

    def flat(self, bands: tuple[str, ...]) -> EarthEngineSource:
        """The mosaic of a collection, in the collection's own order; a single image stays what it is."""
        if self.stack.is_image:
            return self
        expression, stack = mosaic_of(self.expression, self.stack, bands)
        return EarthEngineSource(self.session, expression, stack)

    def thumbnail(self, request: PictureRequest) -> bytes:
        """Draw the image by ``Image.visualize``."""
        return draw(self.session, self.expression, self.stack, request)


_: type[Pictures] = EarthEngineSource
