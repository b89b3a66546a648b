"""The front door: what xarray calls for ``engine="xee_lite"``."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, ClassVar

from xarray.backends import BackendEntrypoint

from .arguments import Arguments
from .opening import Opening
from .source import driver_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    import xarray as xr


class XeeLiteBackendEntrypoint(BackendEntrypoint):
    """Opens Earth Engine images and image collections as lazy datasets."""

    description: ClassVar[str] = "Open Earth Engine image collections and images"
    url: ClassVar[str] = "https://developers.google.com/earth-engine"
    open_dataset_parameters: ClassVar[tuple[str, ...]] = (
        "filename_or_obj",
        *(field.name for field in fields(Arguments)),
    )
    supports_groups: ClassVar[bool] = True

    def open_dataset(
        self,
        filename_or_obj: object,
        *,
        drop_variables: str | Iterable[str] | None = None,
        **arguments: Any,  # noqa: ANN401 - Arguments has their types
    ) -> xr.Dataset:
        """Map a source and a pixel grid to a lazy Dataset.

        Parameters
        ----------
        filename_or_obj : ee.ImageCollection, ee.Image, asset id, "ee://ID", or list of asset ids
        drop_variables, **arguments
            See :class:`xee_lite.arguments.Arguments`.

        Returns
        -------
        xarray.Dataset
            A variable for each band with dimensions (time, y, x), or (y, x) for an image.

        Raises
        ------
        InputError
            When arguments contradict each other or the source; the message says what to pass.
        """
        return Opening.of(filename_or_obj, Arguments.of({"drop_variables": drop_variables, **arguments})).dataset()

    def open_datatree(
        self,
        filename_or_obj: object,
        *,
        drop_variables: str | Iterable[str] | None = None,
        **arguments: Any,  # noqa: ANN401 - Arguments has their types
    ) -> xr.DataTree:
        """Map a source to a tree with a group for each native grid of its bands ("10m", "20m", "60m").

        Parameters are those of :meth:`open_dataset`; a region cuts its part out of each grid.
        """
        return Opening.of(filename_or_obj, Arguments.of({"drop_variables": drop_variables, **arguments})).tree()

    def guess_can_open(self, filename_or_obj: object) -> bool:
        """Claim what a driver recognizes, such as ``ee`` images and collections, and "ee://" ids."""
        return driver_of(filename_or_obj) is not None
