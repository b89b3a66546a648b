"""Progress of an export on standard error: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from .looks import HAS_RICH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..outputs.progress import Progress


@contextmanager
def shown_progress(*, quiet: bool = False) -> Iterator[Callable[[Progress], None] | Literal[True] | None]:
    """The argument ``progress=`` of an export.

    Parameters
    ----------
    quiet : bool
        Whether to show nothing.

    Yields
    ------
    callable, True or None
        A function that moves two bars of rich, for parts and bytes; True, with which the export writes lines, where
        rich is not installed or standard error is no terminal; None where it is quiet.
    """
    if quiet:
        yield None
    elif not (HAS_RICH and sys.stderr.isatty()):
        yield True
    else:
        with _bars() as show:
            yield show


@contextmanager
def _bars() -> Iterator[Callable[[Progress], None]]:
    from rich.console import Console  # noqa: PLC0415 - an extra
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn  # noqa: PLC0415 - as above
    from rich.progress import Progress as Bars  # noqa: PLC0415 - as above

    columns = (
        TextColumn("{task.description:>6}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[text]}"),
    )
    with Bars(*columns, console=Console(stderr=True)) as bars:
        parts = bars.add_task("parts", total=None, text="")
        size = bars.add_task("bytes", total=None, text="")

        def show(progress: Progress) -> None:
            count = f"{progress.done} of {progress.total}"
            rate = ", ".join(str(progress).split(", ")[2:])
            bars.update(parts, completed=progress.done, total=progress.total, text=count)
            bars.update(size, completed=progress.bytes, total=progress.total_bytes, text=rate)

        yield show
