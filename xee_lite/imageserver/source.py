"""An image service that has described itself, and which of its rasters are opened."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from ..errors import InputError
from ..planning.combining import MOSAIC
from ..planning.resampling import methods_of
from .download_reader import DownloadReader
from .export_image import INTERPOLATIONS, ExportReader
from .limits import limits_of
from .thumbnail import draw, flattened

if TYPE_CHECKING:
    from ..planning.limits import Limits
    from ..reader import Reader, View
    from ..source import Parted, PictureRequest, Pictures
    from ..stack import Stack
    from .selection import Selection
    from .service import Service
    from .session import Session

Transport = Literal["tiff", "lerc", "download"]
"""How pixels come: by exportImage in one of two formats, or as original files by Download Rasters."""


@dataclass(frozen=True, slots=True)
class ImageServerSource:
    """A service, the items that are opened, and how their pixels come.

    Attributes
    ----------
    session : Session
    service : Service
    stack : Stack
    selection : Selection
        By which requests name the items.
    transport : "tiff", "lerc" or "download"
    parts : tuple of ImageServerSource
        Where the grids of rasters differ, a source for each grid; this one equals the first of them.
    """

    session: Session
    service: Service
    stack: Stack
    selection: Selection
    transport: Transport
    parts: tuple[ImageServerSource, ...] = ()

    @property
    def limits(self) -> Limits:
        """Those that the service says, and cautious ones where it says none."""
        bands = 1 if self.selection.by_band else len(self.service.bands)
        # Downloaded files have a mask for each band.
        return limits_of(self.service, 2 * bands if self.transport == "download" else bands)

    def reader(self, view: View) -> Reader:
        """A reader of exportImage, or of downloaded files.

        Raises
        ------
        InputError
            If the service can not give the pixels of the view.
        """
        if view.combine != MOSAIC:
            raise InputError(
                f"combine={view.combine!r} is not what an image service makes of a group: leave it out, which puts "
                "later rasters on top, or combine the dataset itself, as by ds.groupby(...)."
            )
        if not view.grid.is_rectilinear:
            raise InputError("The grid is sheared, but an image service has north up: pass a grid without shear.")
        unknown = next((name for name in methods_of(view.resampling) if name not in INTERPOLATIONS), None)
        if unknown is not None:
            raise InputError(
                f"resampling={unknown!r} is not what an image service does: pass {', '.join(INTERPOLATIONS)}, or read "
                "its own pixels and call ds.coarsen(...)."
            )
        if not self.selection.combines and any(item.members for item in view.stack.items):
            raise InputError(
                "groupby= combines rasters of a catalogue, but these are slices or mosaics: leave it out, or pass "
                "rasters='catalog'."
            )
        if self.transport == "download":
            return DownloadReader.of(self.session, self.service, view)
        return ExportReader(
            self.session,
            view,
            self.selection,
            {band.name: position for position, band in enumerate(self.service.bands)},
            self.limits,
            self.service.grid,
            self.transport,
            self.service.has_plain_rendering,
        )

    def flat(self, bands: tuple[str, ...]) -> ImageServerSource:
        """These bands of all rasters in one image, the last on top; of slices and times the last one."""
        return replace(self, stack=flattened(self.stack, self.selection, bands))

    def thumbnail(self, request: PictureRequest) -> bytes:
        """Draw a picture from its pixels."""
        return draw(self.stack, self.reader, request)


_: type[Pictures] = ImageServerSource
__: type[Parted] = ImageServerSource
