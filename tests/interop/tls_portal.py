"""A front of TLS for a local Image Server, with the few answers of a portal that a client asks for first.

The client turns every ``http`` into ``https`` and talks to a portal before it talks to a server; both have one address.
"""

from __future__ import annotations

import datetime as dt
import http.client
import ipaddress
import json
import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_INFO = {
    "currentVersion": "10.9.1",
    "fullVersion": "10.9.1",
    "owningSystemUrl": "",
    "authInfo": {"isTokenBasedSecurity": False},
}
_SELF = {
    "id": "0123456789ABCDEF",
    "name": "Portal",
    "portalName": "Portal",
    "isPortal": True,
    "portalMode": "singletenant",
    "allSSL": True,
    "currentVersion": "10.1",
    "portalHostname": "127.0.0.1",
    "supportedHostedServers": [],
    "helperServices": {},
    "customBaseUrl": "",
    "urlKey": "",
    "access": "public",
    "user": None,
}
_STUBS: dict[str, dict[str, Any]] = {
    "/portal/sharing/rest/info": _INFO,
    "/portal/sharing/rest/portals/self": _SELF,
    "/portal/sharing/rest": _INFO,
    "/portal/info": _INFO,
    "/portal/rest/info": _INFO,
    "/portal/rest/services": {"currentVersion": 10.91, "folders": [], "services": []},
}
_PASSED_ON = ("content-type", "x-esri-authorization", "authorization", "referer")


def _write_certificate(folder: Path) -> Path:
    """A certificate for 127.0.0.1 that is signed by itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path


@contextmanager
def tls_portal(server: str, folder: Path) -> Iterator[str]:
    """Serve over TLS; gives the base URL.

    Parameters
    ----------
    server : str
        URL of the emulator, to which all but the portal's paths go.
    folder : path
        Where the certificate is written.
    """
    address = urlsplit(server).netloc

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            path = urlsplit(self.path).path.rstrip("/")
            if path in _STUBS:
                status, kind, content = 200, "application/json", json.dumps(_STUBS[path]).encode()
            else:
                status, kind, content = self._pass_on(body)
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _pass_on(self, body: bytes) -> tuple[int, str, bytes]:
            connection = http.client.HTTPConnection(address, timeout=30)
            headers = {name: self.headers[name] for name in _PASSED_ON if name in self.headers}
            headers["host"] = self.headers["host"]  # links in replies lead here
            try:
                connection.request(self.command, self.path, body or None, headers)
                reply = connection.getresponse()
                return reply.status, reply.headers.get("content-type", ""), reply.read()
            finally:
                connection.close()

        do_GET = do_POST = _answer  # noqa: N815 - the names that the base class looks for

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_write_certificate(folder))
    front = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    front.daemon_threads = True
    front.socket = context.wrap_socket(front.socket, server_side=True)
    thread = threading.Thread(target=front.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{front.server_address[1]}"
    finally:
        front.shutdown()
        front.server_close()
        thread.join()
