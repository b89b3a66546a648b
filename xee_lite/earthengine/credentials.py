"""The credentials of a worker that begins a session: those of a recipe, or else those that it finds on its machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
from google.auth.exceptions import GoogleAuthError

from ..errors import InputError, redact

if TYPE_CHECKING:
    from collections.abc import Callable

_recipe: Callable[[], Any] | None = None


def use_recipe(recipe: Callable[[], Any] | None) -> None:
    """Begin sessions of this process with the credentials that a function gives; None: with those found here."""
    global _recipe  # noqa: PLW0603 - one for the process
    _recipe = recipe


def credentials(url: str, project: str, worker: str) -> Any:  # noqa: ANN401 - of one of several classes
    """Credentials for a session.

    Parameters
    ----------
    url, project : str
        Of the session.
    worker : str
        The name of the process, for messages.

    Raises
    ------
    InputError
        If there are none.
    """
    if _recipe is not None:
        try:
            return _recipe()
        except Exception as error:
            raise InputError(
                f"On {worker} the recipe for credentials for the project {project!r} at {url} raised "
                f"{type(error).__name__}: {redact(str(error))}. "
                "It runs in each worker, and has to find there what it reads."
            ) from error
    try:
        return ee.data.get_persistent_credentials()
    except (ee.EEException, GoogleAuthError, OSError, ValueError, LookupError, TypeError) as error:
        raise InputError(
            f"{worker} finds no credentials for Earth Engine, and has to read a dataset of the project {project!r} at "
            f"{url}: run 'earthengine authenticate' there, set GOOGLE_APPLICATION_CREDENTIALS to the key file of a "
            f"service account, call ee.Initialize(credentials, project={project!r}) in each worker before it reads, or "
            "give all workers of a Dask cluster a recipe with "
            "client.register_plugin(xee_lite.distributed.WorkerCredentials(recipe))."
        ) from error
