"""The entry point: what xarray calls for ``engine="xee_lite"``."""

from __future__ import annotations

import inspect
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from xarray.backends import BackendEntrypoint

from .arguments import Arguments
from .opening import Opening
from .source import driver_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr

_Opened = TypeVar("_Opened", bound="Callable[..., xr.Dataset | xr.DataTree | dict[str, xr.Dataset]]")

_PARAMETERS = "Parameters\n----------\n"
_PLACEHOLDER = """\
**arguments
    Those of [`xee_lite.arguments.Arguments`][].
"""
"""The entry of a method's docstring that is replaced by the entries of all arguments.

The documentation's site reads the source instead, where it is a link to them.
"""


def _with_arguments(method: _Opened) -> _Opened:
    """Spell ``**arguments`` out in the signature and the docstring of a method, as ``Arguments`` has them.

    xarray, ``help`` and editors look at both.
    """
    signature, arguments = inspect.signature(method), inspect.signature(Arguments)
    own = [item for item in signature.parameters.values() if item.kind is not inspect.Parameter.VAR_KEYWORD]
    signature = signature.replace(parameters=[*own, *arguments.parameters.values()])
    method.__signature__ = signature  # type: ignore[attr-defined] # which inspect.signature reads first
    text, described = inspect.getdoc(method), inspect.getdoc(Arguments)
    if text is not None and described is not None:  # python -OO strips docstrings
        before, entries = described.split(_PARAMETERS)
        sources = before.partition("\n\n")[2]
        text = text.replace(_PARAMETERS, f"{sources}{_PARAMETERS}").replace(_PLACEHOLDER, f"{entries}\n")
        method.__doc__ = text
    return method


def _unresolved(obj: object) -> object:
    """The id of an asset that `xarray.open_mfdataset` took for a path and made absolute; anything else as it is."""
    if not (isinstance(obj, str) and obj.startswith(here := f"{Path.cwd()}{os.sep}")):
        return obj
    return obj.removeprefix(here).replace(os.sep, "/")


class XeeLiteBackendEntrypoint(BackendEntrypoint):
    """Opens Earth Engine images and image collections, and services of an ArcGIS Image Server, as lazy datasets."""

    description: ClassVar[str] = "Open Earth Engine image collections and images"
    url: ClassVar[str] = "https://developers.google.com/earth-engine"
    supports_groups: ClassVar[bool] = True

    @_with_arguments
    def open_dataset(
        self,
        filename_or_obj: object,
        **arguments: Any,  # noqa: ANN401 - Arguments has their types
    ) -> xr.Dataset:
        """Open a source on a pixel grid as a lazy Dataset.

        Parameters
        ----------
        filename_or_obj : ee.ImageCollection, ee.Image, str, or list of str
            The source: an object of the client library, the id of an asset (also as "ee://ID"), ids of images, or the
            URL of an ArcGIS image service, ``https://host/.../ImageServer``.
        **arguments
            Those of [`xee_lite.arguments.Arguments`][].

        Returns
        -------
        xarray.Dataset
            A variable for each band with dimensions (time, y, x), or (y, x) for an image.

        Raises
        ------
        InputError
            When arguments contradict each other or the source; the message says what to pass.
        """
        return Opening.of(_unresolved(filename_or_obj), Arguments.of(arguments)).dataset()

    open_dataset_parameters: ClassVar[tuple[str, ...]] = tuple(inspect.signature(open_dataset).parameters)[1:]

    @_with_arguments
    def open_datatree(
        self,
        filename_or_obj: object,
        **arguments: Any,  # noqa: ANN401 - Arguments has their types
    ) -> xr.DataTree:
        """Open a source as a tree with a group for each native grid of its bands ("10m", "20m", "60m").

        Of ``rasters="catalog"`` of an image service it is a group for the rasters of each grid.

        A region cuts its part out of each grid.

        Parameters
        ----------
        filename_or_obj : ee.ImageCollection, ee.Image, str, or list of str
            The source, as for ``open_dataset``.
        **arguments
            Those of [`xee_lite.arguments.Arguments`][].

        Returns
        -------
        xarray.DataTree
            A Dataset in each group, as from ``open_dataset``, the finest first.

        Raises
        ------
        InputError
            When arguments contradict each other or the source, or ``grid`` names a band.
        """
        return Opening.of(_unresolved(filename_or_obj), Arguments.of(arguments), apart=True).tree()

    @_with_arguments
    def open_groups_as_dict(
        self,
        filename_or_obj: object,
        **arguments: Any,  # noqa: ANN401 - Arguments has their types
    ) -> dict[str, xr.Dataset]:
        """Open a source as the groups of ``open_datatree``, by their paths; ``xarray.open_groups`` calls it.

        Parameters
        ----------
        filename_or_obj : ee.ImageCollection, ee.Image, str, or list of str
            The source, as for ``open_dataset``.
        **arguments
            Those of [`xee_lite.arguments.Arguments`][].

        Returns
        -------
        dict of str to xarray.Dataset
            "/" is the empty root.

        Raises
        ------
        InputError
            As ``open_datatree``.
        """
        tree = Opening.of(_unresolved(filename_or_obj), Arguments.of(arguments), apart=True).tree()
        return {node.path: node.to_dataset(inherit=False) for node in tree.subtree}

    def guess_can_open(self, filename_or_obj: object) -> bool:
        """Claim what a driver recognizes, such as ``ee`` images and collections, and "ee://" ids."""
        return driver_of(filename_or_obj) is not None
