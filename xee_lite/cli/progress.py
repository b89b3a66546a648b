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
    """What to pass as ``progress=`` to what exports.

    Parameters
    ----------
    quiet : bool
        Whether to show nothing.

    Yields
    ------
    callable, True or None
        A function that moves two bars (parts, and bytes) by rich; True, by which the export itself writes lines, where
        rich is missing or nobody watches.
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
        TextColumn("{task.fields[said]}"),
    )
    with Bars(*columns, console=Console(stderr=True)) as bars:
        parts = bars.add_task("parts", total=None, said="")
        size = bars.add_task("bytes", total=None, said="")

        def show(progress: Progress) -> None:
            said = ", ".join(str(progress).split(", ")[2:])
            bars.update(
                parts, completed=progress.done, total=progress.total, said=f"{progress.done} of {progress.total}"
            )
            bars.update(size, completed=progress.bytes, total=progress.total_bytes, said=said)

        yield show
