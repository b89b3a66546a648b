"""The group of commands: a failure of any of them is a sentence and an exit code, with ``--debug`` a traceback.

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import errno
import traceback
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from ..errors import InputError, RequestError, XeeLiteError, XeeLiteWarning, redact
from .looks import Group

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FAILED, WRONG_USAGE, INTERRUPTED = 1, 2, 130
"""Exit codes; 130 is that of shells for a process that SIGINT ended (128 + 2)."""

_DEBUG = "xee_lite.debug"
_RESUMABLE = "xee_lite.resumable"
"""Keys of the context's ``meta``, which all commands share."""


def debug_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--debug``, before the command's name or after it."""

    def remember(context: click.Context, _: click.Parameter, value: bool) -> None:
        if value:
            context.meta[_DEBUG] = True

    return click.option(
        "--debug", is_flag=True, expose_value=False, is_eager=True, callback=remember,
        help="Show the traceback of a failure.",
    )(command)  # fmt: skip


@contextmanager
def resumable() -> Iterator[None]:
    """Mark a part of a command that goes on where it was when the command is run again: a failure then says so."""
    meta = click.get_current_context().meta
    meta[_RESUMABLE] = True
    yield
    del meta[_RESUMABLE]


class ExitCodes(Group):
    """A group whose commands end with one of the documented exit codes."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as click has it
        """Run a command."""
        with warnings.catch_warnings():
            warnings.simplefilter("always", XeeLiteWarning)
            warnings.showwarning = _show_warning
            try:
                return super().invoke(ctx)
            except click.exceptions.Exit:
                raise
            except click.ClickException as error:
                click.echo(_usage_message(error), err=True)
                raise click.exceptions.Exit(error.exit_code) from None
            except (KeyboardInterrupt, click.Abort):
                click.echo(f"\nInterrupted.{_advice(ctx)}", err=True)
                raise click.exceptions.Exit(INTERRUPTED) from None
            except Exception as error:
                if isinstance(error, OSError) and error.errno == errno.EPIPE:
                    raise  # the reader of a pipe has closed it, which click ends without a message
                code, message = _code_and_message(error)
                if ctx.meta.get(_DEBUG):
                    click.echo(redact("".join(traceback.format_exception(error))), err=True)
                click.echo(f"xee-lite: {message}{_advice(ctx) if isinstance(error, RequestError) else ''}", err=True)
                raise click.exceptions.Exit(code) from None


def _usage_message(error: click.ClickException) -> str:
    """The message for a mistake of usage, the same with and without rich-click."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    help_of = "" if context is None else f"\nTry '{context.command_path} -h' for help."
    return f"xee-lite: {error.format_message()}{help_of}"


def _code_and_message(error: Exception) -> tuple[int, str]:
    """The exit code of a failure, and the sentence for the user."""
    if isinstance(error, ModuleNotFoundError) and not (error.name or "").startswith("xee_lite"):
        install = "run  pip install 'xee_lite[demo]'  for all that the commands need."
        return FAILED, f"{error.name} is not installed: {install}"
    if isinstance(error, InputError):
        return WRONG_USAGE, str(error)
    if isinstance(error, XeeLiteError | OSError):
        return FAILED, redact(str(error))
    message = " ".join(redact(str(error)).split())
    return FAILED, f"{type(error).__name__}: {message or 'no message'} (--debug shows where)"


def _advice(ctx: click.Context) -> str:
    return " What was fetched is kept: run the same command again to go on." if ctx.meta.get(_RESUMABLE) else ""


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    """Print a warning as one line, without the place in the code."""
    click.echo(f"xee-lite: warning: {' '.join(redact(str(message)).split())}", err=True)
