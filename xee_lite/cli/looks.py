"""How help looks: by rich-click where it is installed, by click alone where it is not."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

__all__ = ["HAS_RICH", "Command", "Group", "group_options"]

HAS_RICH = find_spec("rich_click") is not None
"""Whether the extra ``cli`` is there."""

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

if TYPE_CHECKING or not HAS_RICH:
    from click import Command, Group
else:
    from rich_click import RichCommand as Command
    from rich_click import RichGroup as Group


def group_options(command: str, panels: Mapping[str, Sequence[str]]) -> None:
    """Have the help of a command show options below titles, where rich-click can."""
    if HAS_RICH:
        import rich_click.rich_click as settings  # noqa: PLC0415 - an extra

        settings.OPTION_GROUPS[command] = [{"name": title, "options": list(names)} for title, names in panels.items()]
