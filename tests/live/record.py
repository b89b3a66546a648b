"""What a service does beside what is assumed: ``python -m tests.live.record --project NAME`` prints it as a table.

Without a project the local Earth Engine is asked, which does what is assumed; a test holds that. Each question is asked
once, by a request that costs less than an EECU-second. ``--keep FOLDER`` keeps every reply as it came.
"""

from __future__ import annotations

import argparse
import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import ee
import requests

from tests.live import probes_pixels, probes_replies
from tests.live.service import connect
from xee_lite import XeeLiteError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.live.service import Reply, Service

PROVOKING = {"too_many_at_once"}
"""Questions that are only asked with ``--provoke``, since the service may slow a project down that is refused."""


@dataclass(frozen=True, slots=True)
class Question:
    """Something that is not documented of the service.

    Attributes
    ----------
    name : str
        Of the function that asks it too, unless it is asked by hand.
    asked, assumed, follows : str
        In words; what the local service does; what has to follow if the real one does something else.
    by_hand : str
        How somebody can find out; empty if a function asks it.
    """

    name: str
    asked: str
    assumed: str
    follows: str
    by_hand: str = ""

    @property
    def probe(self) -> Callable[[Service], str] | None:
        """The function that asks it, and says what it saw."""
        found: Callable[[Service], str] | None
        found = getattr(probes_pixels, self.name, None) or getattr(probes_replies, self.name, None)
        return found

    def ask(self, service: Service) -> str:
        """What is seen, or why nothing is."""
        if self.probe is None:
            return f"by hand: {self.by_hand}"
        try:
            return self.probe(service)
        except (ValueError, KeyError, ee.EEException, XeeLiteError, requests.RequestException) as error:
            return f"not to be asked so: {error}"


def questions() -> list[Question]:
    """All of them, in the order of their file."""
    found = tomllib.loads(Path(__file__).with_name("questions.toml").read_text("utf-8"))
    return [Question(name, **entry) for name, entry in found.items()]


def table(seen: dict[str, str]) -> str:
    """What was seen beside what is assumed, in Markdown; a row that differs says so."""
    rows = ["| Question | Assumed | Seen | Differs | What follows |", "|---|---|---|---|---|"]
    for one in questions():
        found = seen.get(one.name, "not asked")
        differs = "yes" if one.probe and one.name in seen and found != one.assumed else ""
        rows.append(f"| {' | '.join(map(cell, (one.asked, one.assumed, found, differs, one.follows)))} |")
    return "\n".join(rows) + "\n"


def cell(text: str) -> str:
    """A text as it may stand in a table."""
    return text.replace("|", "\\|").replace("\n", " ")


def keep(folder: Path, name: str, replies: list[Reply]) -> None:
    """Write replies as they came, and their headers beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, reply in enumerate(replies[:3]):
        (folder / f"{name}-{number}.body").write_bytes(reply.content)
        head = {"status": reply.status, "headers": dict(reply.headers)}
        (folder / f"{name}-{number}.json").write_text(json.dumps(head, indent=1), "utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Ask everything and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--project", help="the Cloud project; without one the local Earth Engine is asked")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="for the replies as they came")
    parser.add_argument("--provoke", action="store_true", help="also ask for more requests at once than are allowed")
    options = parser.parse_args(arguments)
    seen = {}
    with connect(options.project) as service:
        for one in questions():
            if one.name in PROVOKING and not options.provoke:
                continue
            service.replies.clear()
            seen[one.name] = one.ask(service)
            if options.keep:
                keep(options.keep, one.name, service.replies)
    print(table(seen), end="")  # noqa: T201 - what it is for
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
