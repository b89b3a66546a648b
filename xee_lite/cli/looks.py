"""The look of the help: by rich-click where it is installed, else by click alone."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

__all__ = ["HAS_RICH", "Command", "Group", "group_options"]

HAS_RICH = find_spec("rich_click") is not None
"""Whether rich-click, of the extra ``cli``, is installed."""

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

if TYPE_CHECKING or not HAS_RICH:
    from click import Command, Group
else:
    from rich_click import RichCommand as Command
    from rich_click import RichGroup as Group


def group_options(command: str, panels: Mapping[str, Sequence[str]]) -> None:
    """Group the options in the help of a command below titles, where rich-click is installed."""
    if HAS_RICH:
        import rich_click.rich_click as settings  # noqa: PLC0415 - an extra

        settings.OPTION_GROUPS[command] = [{"name": title, "options": list(names)} for title, names in panels.items()]
