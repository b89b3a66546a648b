"""A short description of an image service for people, for which no pixel is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import WireError, brief
from .address import service_url
from .catalogue import filters_of
from .multidimensional import variables_of
from .service import service_of
from .session import Session

if TYPE_CHECKING:
    from ..grids.reprojection import Bounds
    from .catalogue import Filter
    from .multidimensional import Variable
    from .service import Service


@dataclass(frozen=True, slots=True)
class ServiceOverview:
    """The description of a service.

    Attributes
    ----------
    service : Service
    count : int, optional
        Rasters in its catalogue; None without the capability Catalog.
    variables : tuple of Variable
        Those of a multidimensional service.
    """

    service: Service
    count: int | None
    variables: tuple[Variable, ...]


def service_overview(url: str, region: Bounds | None = None) -> ServiceOverview:
    """Ask a service about itself, and how many rasters it has.

    Parameters
    ----------
    url : str
    region : (west, south, east, north), optional
        Degrees: only rasters that touch it count. Across the antimeridian one may count twice.

    Raises
    ------
    InputError
        If it is no image service.
    RequestError
        When it did not answer.
    """
    session = Session(service_url(url))
    service = service_of(session.url, session.json())
    variables: tuple[Variable, ...] = ()
    if service.is_multidimensional:
        variables = variables_of(session)
    count = None
    if "catalog" in service.capabilities:
        count = sum(_count(session, service, chosen) for chosen in filters_of(region))
    return ServiceOverview(service, count, variables)


def _count(session: Session, service: Service, chosen: Filter) -> int:
    count = session.json("query", {**chosen.params(service), "returnCountOnly": True}).get("count")
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise WireError(f"the reply of query counts no rasters: {brief(count)}")
    return count
