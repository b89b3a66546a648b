"""The exceptions that become error replies."""

from __future__ import annotations


class EarthError(Exception):
    """An error as the service words it.

    Parameters
    ----------
    message : str
        The text of ``error.message``: clients show it, and some of them parse it, so it follows the service
        letter for letter where its text is known.
    code : int
        HTTP status. Computation errors are 400 (measured on the service by its clients).
    status : str
        The ``google.rpc`` name that goes with the code.
    """

    def __init__(self, message: str, code: int = 400, status: str = "INVALID_ARGUMENT") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status

    @property
    def body(self) -> dict[str, dict[str, str | int]]:
        """The JSON that says it."""
        return {"error": {"code": self.code, "message": self.message, "status": self.status}}


class NotImplementedHereError(EarthError):
    """An algorithm, or a corner of one, that the service has and this emulator has not."""


def reword_error(error: EarthError, message: str) -> EarthError:
    """The same error with another message."""
    return type(error)(message, error.code, error.status)
