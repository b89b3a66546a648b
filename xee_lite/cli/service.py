"""Which Earth Engine a command talks to: its options, and the session for the command."""

from __future__ import annotations

import functools
import ipaddress
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from .image_service import ImageService, read_token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .source_options import Selection

_LOCAL_PROJECT = "xee-lite"
"""The project of a local Earth Engine where none is named: the default of ``xee-lite emulator``."""

OPTIONS = ["--project", "--url", "--token-env", "--emulator", "--data"]


@dataclass(frozen=True, slots=True)
class Service:
    """An Earth Engine, and the name of the variable with its token; the token itself is no part of it.

    Attributes
    ----------
    project : str, optional
        The Cloud project that is asked and billed.
    url : str, optional
        Base URL of another server than Google's.
    token_env : str, optional
        The environment variable that has an access token.
    emulator : bool
        Whether to start a local one for this command.
    data : path, optional
        A folder of GeoTIFFs that the local one serves.
    """

    project: str | None = None
    url: str | None = None
    token_env: str | None = None
    emulator: bool = False
    data: Path | None = None

    def __post_init__(self) -> None:
        if not (self.emulator or self.url or self.project):
            raise click.UsageError(
                "Which Earth Engine? Pass one of these three: --project NAME (Google's, billed to that Cloud "
                "project), --url URL (another server, anonymous on this machine), or --emulator (a local one for this "
                "command, offline and without an account)."
            )
        if self.emulator and (self.url or self.token_env):
            raise click.UsageError(
                "--emulator starts a local Earth Engine: it does not go with --url or --token-env, which name another."
            )
        if self.data is not None and not self.emulator:
            raise click.UsageError("--data is the folder that a local Earth Engine serves: pass --emulator beside it.")
        if self.url is not None:
            self._check_url(self.url)

    def _check_url(self, url: str) -> None:
        """Refuse a URL to which credentials must not go: stored ones are for Google alone, and all need https."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise click.BadParameter(
                f"{url!r} is no URL of a server, such as http://127.0.0.1:8989.", param_hint="--url"
            )
        if self.on_loopback:
            return
        google = parts.hostname == "googleapis.com" or parts.hostname.endswith(".googleapis.com")
        if parts.scheme != "https":
            raise click.BadParameter(
                f"{url!r} is on another machine, where only https keeps credentials secret.", param_hint="--url"
            )
        if not google and self.token_env is None:
            raise click.BadParameter(
                f"{parts.hostname} is neither this machine nor Google's, which alone gets the stored credentials: pass "
                "--token-env NAME, an environment variable with an access token.",
                param_hint="--url",
            )
        if self.project is None:
            raise click.BadParameter("A server on another machine is asked for a --project.", param_hint="--url")

    @property
    def on_loopback(self) -> bool:
        """Whether the URL is on this machine."""
        host = urlsplit(self.url or "").hostname or ""
        try:
            return host == "localhost" or ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False

    @contextmanager
    def session(self) -> Iterator[str]:
        """Initialise ``ee`` for this service, and leave it uninitialised afterwards.

        Yields
        ------
        str
            The project.

        Raises
        ------
        click.ClickException
            If the service does not answer, or there are no credentials.
        """
        from . import earth  # noqa: PLC0415 - ee is slow to import

        project = self.project or _LOCAL_PROJECT
        if self.emulator:
            from ..emulator import start  # noqa: PLC0415 - an extra

            try:
                running = start(data=self.data, project=project)
            except ValueError as error:
                raise click.UsageError(str(error)) from error
            with running:
                running.initialize()
                try:
                    yield project
                finally:
                    earth.end()
            return
        token = None if self.token_env is None else read_token(self.token_env)
        earth.begin(project, self.url, token, anonymous=self.on_loopback and token is None)
        try:
            yield project
        finally:
            earth.end()


Access = Service | ImageService
"""The service that has the source of a command."""


def service_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say which Earth Engine; the command gets an `Access` as ``service``.

    For an image service only the one for a token is of use.
    """

    @click.option("--project", metavar="NAME", help="Google's Earth Engine, billed to this Cloud project.")
    @click.option("--url", metavar="URL", help="Another server; anonymous where it is on this machine.")
    @click.option("--token-env", metavar="NAME", help="Environment variable with an access token.")
    @click.option("--emulator", is_flag=True, help="A local Earth Engine for this command, offline.")
    @click.option(
        "--data", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DIR",
        help="Folder of GeoTIFFs that the local one serves.",
    )  # fmt: skip
    @functools.wraps(command)
    def with_service(
        *arguments: Any,  # noqa: ANN401 - the command's own
        project: str | None,
        url: str | None,
        token_env: str | None,
        emulator: bool,
        data: Path | None,
        **options: Any,  # noqa: ANN401 - the command's own
    ) -> Any:  # noqa: ANN401 - as the command has it
        selection: Selection | None = options.get("selection")
        if selection is None or not selection.is_image_service:
            service: Access = Service(project, url, token_env, emulator, data)
        else:
            useless = {"project": project, "url": url, "emulator": emulator, "data": data}
            needless = next((name for name, value in useless.items() if value), None)
            if needless is not None:
                raise click.UsageError(f"{selection.asset} is a service of its own: leave out --{needless}.")
            service = ImageService(selection.asset, token_env)
        return command(*arguments, service=service, **options)

    return with_service
