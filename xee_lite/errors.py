"""The errors of this package: each carries what was asked for, and its message says what to do.

No message is longer than a screen: the lengths to which texts are shortened are chosen so.
"""

from __future__ import annotations

import re
import reprlib
from typing import ClassVar


class XeeLiteError(Exception):
    """Base of every error of this package."""


class XeeLiteWarning(UserWarning):
    """Base of every warning that this package gives."""


class InputError(XeeLiteError, ValueError):
    """Arguments that can not work; the message says what was found, where, and what to pass instead.

    A message of more than 2000 characters is shortened in its middle, since it may repeat what was passed.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(shortened(message, 2000))


class BudgetError(XeeLiteError):
    """A read was stopped before it would have cost more than ``set_options(eecu_limit=...)``.

    Requests that were under way have finished, and no further one was sent.

    Parameters
    ----------
    used : float
        EECU-seconds that were measured since the limit was set.
    limit : float
        The limit.
    problem : str
        Why the cost of a request is unknown, so that the limit can not be kept; empty where it was reached.
    """

    def __init__(self, used: float, limit: float, problem: str = "") -> None:
        super().__init__(used, limit, problem)
        self.used = used
        self.limit = limit
        self.problem = shortened(redact(problem), 500)

    def __str__(self) -> str:
        counted = f"{self.used:.4g} EECU-seconds of eecu_limit={self.limit:.10g} are used"
        if self.problem:
            return (
                f"the cost of a request is unknown, since {self.problem}, so that eecu_limit can not be kept: "
                f"{counted} as far as measured, and nothing more was sent. To go on without a limit, set "
                "xee_lite.set_options(eecu_limit=None)."
            )
        return (
            f"{counted}, and the next request may cost more than is left: it was not sent, and those under way have "
            "finished. To go on, set xee_lite.set_options(eecu_limit=...) again, which counts from 0, and read what is "
            "missing; chunks that were written stay right."
        )


class WireError(XeeLiteError):
    """A reply that is not what was asked for: asking again seldom helps.

    Attributes
    ----------
    confirmed : bool
        Whether the service certainly sent it: it was the only attempt, or the wrong reply before it said the same. A
        single one among other failures may come from a proxy.
    """

    confirmed: bool = False


class TruncatedError(WireError):
    """A reply that was cut short: asking again may help."""


class OutputError(XeeLiteError, OSError):
    """A file or a store could not be written; the message says what to do."""


class RequestError(XeeLiteError):
    """A request to the service that failed for good.

    Pickles with all its fields. What looks like a credential is struck out of the message and the asset.

    Parameters
    ----------
    message : str
        What the service, or the network, said; of more than 1000 characters the middle is left out.
    asset : str
        Asset id, or a description of the computed collection.
    items, bands : tuple of str
        What was asked of it; empty for a metadata call.
    window : str
        The part of the grid, in words; empty for a metadata call.
    attempts : int
        How often it was tried.
    """

    advice: ClassVar[str] = ""
    """What the reader of the message can do about this kind of failure."""

    def __init__(
        self,
        message: str,
        *,
        asset: str = "",
        items: tuple[str, ...] = (),
        bands: tuple[str, ...] = (),
        window: str = "",
        attempts: int = 0,
    ) -> None:
        message = shortened(redact(message), 1000)
        super().__init__(message)
        self.message = message
        self.asset = shortened(redact(asset), 300)
        self.items = items
        self.bands = bands
        self.window = window
        self.attempts = attempts

    def __str__(self) -> str:
        parts = [f"bands {_some(self.bands)}"] if self.bands else []
        parts += [f"items {_some(self.items)}"] if self.items else []
        parts += [self.asset] if self.asset else []
        action = f"asking for {' of '.join(parts)}" if parts else "asking the service"
        where = f" in {self.window}" if self.window else ""
        tries = f" after {self.attempts} attempts" if self.attempts > 1 else ""
        advice = f"; {self.advice}" if self.advice else ""
        return f"{action}{where} failed{tries}: {self.message.rstrip('. ')}{advice}."


class TransientError(RequestError):
    """The service or the network failed in a way that passes, and kept failing until the retries ran out."""

    advice = "this kind of failure passes, so run it again"


class DeadlineError(TransientError):
    """Time ran out while a transient failure was being retried; the last one is the ``__cause__``."""

    advice = "give it longer with xee_lite.set_options(request_deadline=seconds)"


class QuotaError(RequestError):
    """The service asks for fewer requests at once or per second."""

    advice = (
        "lower max_concurrent_requests or requests_per_second in xee_lite.set_options, or stop other programs "
        "that use the same project"
    )


class DailyQuotaError(QuotaError):
    """The project has used up a quota of the day: nothing passes before it is reset, so nothing was tried again."""

    advice = "the quota is reset the next day: go on then, have it raised, or use another project"


class TooMuchError(RequestError):
    """One request asks for more bytes, memory or time than the service gives; smaller ones may pass."""

    advice = "ask for less at once with smaller chunks or a smaller `request_bytes`"


class PermanentError(RequestError):
    """The request is wrong, or not allowed: trying again gives the same answer."""


class ReplacedError(PermanentError):
    """A stored image has another version than the one that is asked for: it was replaced after it was opened."""

    advice = (
        "the image has another version by now: open the dataset again to read that, or with pin=False to read "
        "whichever is there"
    )


# The forms of Google's credentials: API keys and tokens in URLs, headers and JSON, and private keys in PEM.
_SECRETS = re.compile(
    r"""(?ix)
    (?P<name> [?&](?:key|token)= | \b(?:(?:access|refresh|id)_token|client_secret|authorization)\b["']?\s*[=:]\s* )
    ["']? (?: (?:bearer|basic)\s+ )? [^\s&"',)}]+
    | \b (?:bearer|basic) \s+ [\w.~+/=-]{8,}
    | \b ya29\.[\w.-]+
    | \b AIza[\w-]{20,}
    | -----BEGIN\ [\w\ ]*PRIVATE\ KEY----- (?: .*? -----END\ [\w\ ]*PRIVATE\ KEY----- | .* )
    """,
    re.DOTALL,
)


def redact(text: str) -> str:
    """Strike out what looks like a credential: API keys in URLs, bearer tokens, client secrets."""
    return _SECRETS.sub(lambda secret: f"{secret['name'] or ''}…", text)


def shortened(text: str, max_length: int) -> str:
    """A text of at most `max_length` characters: of a longer one the beginning and the end, which says what to do."""
    if len(text) <= max_length:
        return text
    end = max_length // 3
    return f"{text[: max_length - end - 3]} … {text[-end:]}"


_SHOWN_NAMES = 3
"""Of images or bands in a message."""


def _some(names: tuple[str, ...]) -> str:
    """The first few of many names, and how many there are."""
    shown = ", ".join(shortened(name, 100) for name in names[:_SHOWN_NAMES])
    return shown if len(names) <= _SHOWN_NAMES else f"{shown}, … ({len(names)} in all)"


_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = 160
_REPR.maxtuple = _REPR.maxlist = 8


def brief(value: object) -> str:
    """How a message echoes what a user passed: on one line, at most 200 characters, whatever it is."""
    try:
        text = _REPR.repr(value)
    except Exception:  # noqa: BLE001 - the repr of a user's own object, or of a huge integer, may raise anything
        text = f"<{type(value).__name__}>"
    text = " ".join(text.split())
    return text if len(text) <= 200 else f"{text[:199]}…"
