"""Who brings what happens to the requests of other processes, such as the workers of a cluster, to listeners here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

Kind = Literal["events", "costs", "failed reads"]


class Bringer(Protocol):
    """Brings what is of one kind from other processes here, from when it is called until what it returns is called."""

    def __call__(self, kind: Kind) -> Callable[[], None] | None:
        """Begin to bring; None where there are no such processes. The ending returns when all has arrived."""
        ...


_bringers: list[Bringer] = []


def bring_with(bringer: Bringer) -> None:
    """Have this asked whenever somebody begins to listen."""
    _bringers.append(bringer)


def bring(kind: Kind) -> Callable[[], None]:
    """Begin to bring; what is returned ends it."""
    endings = [ending for bringer in _bringers if (ending := bringer(kind)) is not None]

    def end() -> None:
        while endings:
            endings.pop()()

    return end
