"""How listeners hear of the requests of other processes: what runs on a cluster registers how its workers tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

Kind = Literal["events", "costs", "failed reads"]


class Bringer(Protocol):
    """Brings what happens in other processes to the listeners of this one, until what it returns is called."""

    def __call__(self, kind: Kind) -> Callable[[], None] | None:
        """Begin to bring one kind; None where there are no such processes. The ending returns when all has arrived."""
        ...


_bringers: list[Bringer] = []


def bring_with(bringer: Bringer) -> None:
    """Call this whenever somebody begins to listen."""
    _bringers.append(bringer)


def bring(kind: Kind) -> Callable[[], None]:
    """Begin to bring one kind from all other processes; what is returned ends it."""
    endings = [ending for bringer in _bringers if (ending := bringer(kind)) is not None]

    def end() -> None:
        while endings:
            endings.pop()()

    return end
