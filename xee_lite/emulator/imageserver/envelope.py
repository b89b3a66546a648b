"""Errors as an ArcGIS server says them: an envelope of JSON, nearly always with HTTP status 200."""

from __future__ import annotations

from typing import Any

INVALID = -2147024809
"""The extended code of E_INVALIDARG, which accompanies "Invalid or missing input parameters."."""


class ServerError(Exception):
    """An error as the server words it.

    Parameters
    ----------
    message : str
    details : str, optional
        The first of ``error.details``.
    code : int
        ``error.code``.
    extended : int, optional
        ``error.extendedCode``.
    status : int
        HTTP status: 200 for nearly all errors (field reports).
    """

    def __init__(
        self,
        message: str = "Unable to complete operation.",
        details: str = "",
        code: int = 400,
        extended: int | None = None,
        status: int = 200,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.details = details
        self.code = code
        self.extended = extended
        self.status = status

    @property
    def body(self) -> dict[str, Any]:
        """The JSON that says it."""
        extended = {} if self.extended is None else {"extendedCode": self.extended}
        details = [self.details] if self.details else []
        return {"error": {"code": self.code, **extended, "message": self.message, "details": details}}


def invalid(details: str) -> ServerError:
    """The error of a parameter that has no sense, or of one that is missing."""
    return ServerError("Invalid or missing input parameters.", details, extended=INVALID)


def unsupported(details: str) -> ServerError:
    """The error of what the service can do and this emulator can not."""
    return ServerError(details=f"The local Image Server does not implement this: {details}")


TOO_LARGE = "The requested image exceeds the size limit."
"""Field report of an export beyond the limits."""
TOO_MANY_IMAGES = "The requested number of download images exceeds the limit."
"""Constant in Esri's own widget."""
TOO_MANY_BYTES = "The requested download size exceeds the limit."
"""The server's own text is unknown."""
