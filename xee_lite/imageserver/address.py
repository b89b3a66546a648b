"""The URL of a service: recognized and checked without the network."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit, urlunsplit

from ..errors import InputError, brief

_SERVER = re.compile(r"/(?P<kind>[A-Za-z]+Server)(?P<rest>(?:/.*)?)$")
_SERVICES = "/rest/services"
_SERVICE_URL = re.compile(
    r"^https?://[^?#]*(?:/rest/services\b|/(?:Image|Map|Feature|Scene|VectorTile|Geocode|GP)Server\b)", re.IGNORECASE
)


def is_service_url(obj: object) -> bool:
    """Whether an object is the URL of a service of an ArcGIS server, of whichever kind."""
    return isinstance(obj, str) and bool(_SERVICE_URL.match(obj))


def service_url(url: object) -> str:
    """The URL of an image service, ``https://host/.../ImageServer``, without a query and a slash at its end.

    Raises
    ------
    InputError
        If it is the URL of another kind of service or of a part of a service, or holds credentials.
    """
    if not is_service_url(url):
        raise InputError(f"url={brief(url)} is no URL of an image service: pass https://host/.../ImageServer.")
    parts = urlsplit(str(url))
    clean = urlunsplit((parts.scheme.lower(), parts.netloc.rpartition("@")[2], parts.path, "", ""))
    if parts.username is not None or "token" in parts.query.lower():
        raise InputError(
            f"The URL of {clean} has credentials in it, which would end up in logs: pass it without them, and call "
            "xee_lite.imageserver.sign_in(url, ...) before."
        )
    server = _SERVER.search(parts.path.rstrip("/"))
    if server is None:
        raise InputError(f"{clean} is a folder of services: pass the URL of one, https://host/.../ImageServer.")
    kind, rest = server["kind"], server["rest"].strip("/")
    if kind.lower() != "imageserver":
        raise InputError(f"{clean} is a {kind}, which has no rasters: pass the URL of an ImageServer.")
    if rest:
        advice = f"rasters=[{rest}] beside it" if rest.isdigit() else "the part before it alone"
        raise InputError(
            f"{clean} names a part of an image service, {rest!r}: pass the URL up to ImageServer, {advice}."
        )
    return clean.rstrip("/")


def origin_of(url: str) -> str:
    """Scheme, host and port, which share connections and a gateway."""
    parts = urlsplit(url)
    return f"{parts.scheme.lower()}://{parts.netloc.lower()}"


def context_of(url: str) -> str:
    """The address of the server itself, such as ``https://host/arcgis``."""
    parts = urlsplit(url)
    path = parts.path.partition(_SERVICES)[0]
    return f"{parts.scheme.lower()}://{parts.netloc.lower()}{path}".rstrip("/")


def is_private_line(url: str) -> bool:
    """Whether nobody on the way can read what is sent: https, or within this machine."""
    parts = urlsplit(url)
    if parts.scheme.lower() == "https" or parts.hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False
