"""What a test may choose about the local Image Server: its limits, what it allows, and how it misbehaves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

FileIds = Literal["path", "name", "url", "handle"]
Resampling = Literal["Nearest", "Bilinear", "Cubic"]
_CHOICES = {"file_ids": ("path", "name", "url", "handle"), "resampling": ("Nearest", "Bilinear", "Cubic")}
_COUNTS = (
    "max_image_width",
    "max_image_height",
    "max_record_count",
    "max_mosaic_images",
    "max_samples",
    "token_minutes",
)
_COUNTS_FROM_ZERO = ("max_download_images", "max_download_megabytes")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageServerOptions:
    """Limits, capabilities and reported behaviours of the local Image Server; the same for all of its services.

    Attributes
    ----------
    capabilities : str
        Comma list as the description of a service says it: ``Image``, ``Metadata``, ``Catalog``, ``Download``,
        ``Pixels``, ``TilesOnly``. A service of a single image never has ``Catalog``.
    max_image_width, max_image_height : int
        Pixels of one export; one more is refused. The defaults are those of a default installation.
    max_pixels : int, optional
        A limit of an export that the description does not tell.
    max_record_count : int
        Features of one reply to a query.
    max_mosaic_images : int
        Rasters that join one export, in their order; what only later ones hold stays empty.
    max_download_images, max_download_megabytes : int
        Rasters, and MB of their files, of one request to download.
    max_samples : int
        Points of one request for samples.
    no_data : float, optional
        What descriptions say as ``noDataValue``, and exports without ``noData`` write where there is no pixel. Without
        one they write 0 and no tag, as reported.
    resampling : "Nearest", "Bilinear" or "Cubic"
        Of exports that do not say ``interpolation``.
    multidimensional : bool
        Whether a collection with times is served as a multidimensional mosaic, of which each band is a variable.
    overviews : bool
        Whether catalogues of rasters list an overview too (``Category`` 2).
    file_ids : "path", "name", "url" or "handle"
        What the ids of files look like in replies to download.
    registered_data : bool
        Whether ``file`` answers HTTP 400 for files in their native format, as reported of data that is registered with
        a server and not copied to it.
    lying_content_type : bool
        Whether errors of exports come with the content type of the image that was asked for.
    users : mapping of str to str, optional
        Names and passwords. With some, every request but those for a token needs a token.
    token_minutes : float
        For which a token is good, at most.

    Raises
    ------
    ValueError
        If a number or a word is out of its range.

    Examples
    --------
    >>> from xee_lite import emulator
    >>> options = emulator.ImageServerOptions(max_image_width=4000, file_ids="url")
    >>> earth = emulator.start(image_server=options)
    >>> earth.stop()
    """

    capabilities: str = "Image,Metadata,Catalog,Download,Pixels"
    max_image_width: int = 15000
    max_image_height: int = 4100
    max_pixels: int | None = None
    max_record_count: int = 1000
    max_mosaic_images: int = 20
    max_download_images: int = 20
    max_download_megabytes: float = 2048
    max_samples: int = 1000
    no_data: float | None = None
    resampling: Resampling = "Bilinear"
    multidimensional: bool = False
    overviews: bool = False
    file_ids: FileIds = "path"
    registered_data: bool = False
    lying_content_type: bool = False
    users: Mapping[str, str] | None = field(default=None, repr=False)
    token_minutes: float = 60

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise ValueError(f"ImageServerOptions({name}={getattr(self, name)!r}): pass one of {choices}.")
        for names, least in ((_COUNTS, 0), (_COUNTS_FROM_ZERO, -1)):
            for name in names:
                if not getattr(self, name) > least:
                    raise ValueError(
                        f"ImageServerOptions({name}={getattr(self, name)!r}): pass a number from {least + 1}."
                    )
