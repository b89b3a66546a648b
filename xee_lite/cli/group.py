"""The group of commands: what goes wrong in any of them is a sentence and an exit code, and a traceback on request.

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
"""130 is what a shell gives for a process that SIGINT ended (128 + 2)."""

_DEBUG = "xee_lite.debug"
_RESUMABLE = "xee_lite.resumable"


def debug_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--debug``, before the command's name or after it."""

    def remember(context: click.Context, _: click.Parameter, value: bool) -> None:
        if value:
            context.meta[_DEBUG] = True

    return click.option(
        "--debug", is_flag=True, expose_value=False, is_eager=True, callback=remember,
        help="Show the traceback of what goes wrong.",
    )(command)  # fmt: skip


@contextmanager
def resumable() -> Iterator[None]:
    """A part of a command that goes on where it was, if it is interrupted or fails and is then run again."""
    meta = click.get_current_context().meta
    meta[_RESUMABLE] = True
    yield
    del meta[_RESUMABLE]


class ExitCodes(Group):
    """A group whose commands end with one of the exit codes that are documented."""

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
                click.echo(_shown(error), err=True)
                raise click.exceptions.Exit(error.exit_code) from None
            except (KeyboardInterrupt, click.Abort):
                click.echo(f"\nInterrupted.{_advice(ctx)}", err=True)
                raise click.exceptions.Exit(INTERRUPTED) from None
            except Exception as error:
                if isinstance(error, OSError) and error.errno == errno.EPIPE:
                    raise  # who reads has had enough, of which click makes a quiet end
                code, message = _told(error)
                if ctx.meta.get(_DEBUG):
                    click.echo(redact("".join(traceback.format_exception(error))), err=True)
                click.echo(f"xee-lite: {message}{_advice(ctx) if isinstance(error, RequestError) else ''}", err=True)
                raise click.exceptions.Exit(code) from None


def _shown(error: click.ClickException) -> str:
    """A mistake of usage in one form, whether rich-click is there or not."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    help_of = "" if context is None else f"\nTry '{context.command_path} -h' for help."
    return f"xee-lite: {error.format_message()}{help_of}"


def _told(error: Exception) -> tuple[int, str]:
    """The exit code of a failure, and the sentence for the user."""
    if isinstance(error, ModuleNotFoundError) and not (error.name or "").startswith("xee_lite"):
        said = f"{error.name} is not installed: run  pip install 'xee_lite[demo]'  for all that the commands need."
        return FAILED, said
    if isinstance(error, InputError):
        return WRONG_USAGE, str(error)
    if isinstance(error, XeeLiteError | OSError):
        return FAILED, redact(str(error))
    said = " ".join(redact(str(error)).split())
    return FAILED, f"{type(error).__name__}: {said or 'no message'} (--debug shows where)"


def _advice(ctx: click.Context) -> str:
    return " What was fetched is kept: run the same command again to go on." if ctx.meta.get(_RESUMABLE) else ""


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    """A warning as a line for a person, without the place in the code."""
    click.echo(f"xee-lite: warning: {' '.join(redact(str(message)).split())}", err=True)
