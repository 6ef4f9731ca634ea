"""Makes docs/reference/attacks.md: every attack, what it came to here, and what on nbgrader alone.

Usage: python -m tests.attacks.table

Runs the class of attackers once. What nbgrader alone does is read from plain_nbgrader.json, which
`python -m tests.attacks.plain` makes.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.attacks.attack import FAMILIES, Attack, attacks
from tests.attacks.canaries import Canaries
from tests.attacks.plain import REPOSITORY, RESULTS
from tests.attacks.rig import Outcome, Rig, grade_class

PAGE = REPOSITORY / "docs" / "reference" / "attacks.md"

HEAD = """<!-- Made by `python -m tests.attacks.table`; do not edit. -->

# Attacks

{count} hostile submissions are graded in one class with three honest students, by the real `graders grade`,
in every run of the tests. An attack is *held* if

- it earns no point that the honest part of its work does not earn, and has a score for every test;
- its student is told what happened, on the feedback page;
- nothing was read: none of the secret strings that lie in the gradebook's folder, in `source/`, in the hidden
  tests, in another student's submission, in the home directory, in the environment and command line of other
  processes, is in anything that the run has left, and nobody came to the ports and sockets of the machine;
- nothing was written: the course, the home directory and the folders for temporary files are as before, the
  submitted files byte for byte; no process, file or socket is left;
- the feedback page has no content that runs or loads anything, and the grader's terminal gets plain text.

The honest students' notebooks are those of a class without attackers.

**{held} of {count} are held.** On nbgrader {version} alone, with its own configuration and the nine tests
written as asserts, {plain_held} of the {tried} that were tried are held ({date}). Each ran in a sandbox of
its own, as nbgrader has none; what would have harmed the machine even so was not tried. There, an attack
counts as held without anybody being told anything.

The attacks are in `tests/attacks/library/`, one file each. What is not held has its reason in the table.
"""


@dataclass(frozen=True)
class Plain:
    """What attacks came to on nbgrader alone: failures by name; None for those that were not tried."""

    version: str
    date: str
    attacks: Mapping[str, Sequence[str] | None]


def plain() -> Plain:
    """Read what was found."""
    record = json.loads(RESULTS.read_text("utf-8"))
    return Plain(record["nbgrader"], record["date"], record["attacks"])


def page(outcomes: Mapping[str, Outcome], alone: Plain) -> str:
    """Make the page from what the attacks came to."""
    known = attacks()
    tried = [found for found in alone.attacks.values() if found is not None]
    head = HEAD.format(
        count=len(known),
        held=sum(not outcomes[attack.name].failures for attack in known),
        version=alone.version,
        plain_held=sum(not found for found in tried),
        tried=len(tried),
        date=alone.date,
    )
    return "\n".join([head, *_families(known, outcomes, alone)]) + "\n"


def _families(known: list[Attack], outcomes: Mapping[str, Outcome], alone: Plain) -> Iterator[str]:
    for family, title in FAMILIES.items():
        yield f"## {title}\n"
        yield "| attack | what it tries | known case | here | nbgrader alone |"
        yield "| --- | --- | --- | --- | --- |"
        for attack in known:
            if attack.family == family:
                yield _row(attack, outcomes[attack.name], alone.attacks[attack.name])
        yield ""


def _row(attack: Attack, outcome: Outcome, found: Sequence[str] | None) -> str:
    here = f"**not held**: {attack.fields.get('open', '')}" if outcome.failures else "held"
    there = "not tried" if found is None else _briefly(found) or "held"
    cells = (attack.name, attack.title, attack.fields.get("case", ""), here, there)
    return f"| {' | '.join(_escaped(cell) for cell in cells)} |"


def _briefly(failures: Sequence[str]) -> str:
    return "; ".join(re.sub(r"^(no score) for .*", r"\1", failure) for failure in failures)


def _escaped(cell: str) -> str:
    return re.sub(r"([|<])", r"\\\1", cell)


def main() -> None:
    """Run the class, and write the page."""
    with tempfile.TemporaryDirectory() as folder, Canaries() as canaries:
        run = grade_class(Rig(Path(folder), canaries), REPOSITORY, attacks())
        PAGE.write_text(page(run.outcomes, plain()), "utf-8")
    for name, outcome in run.outcomes.items():
        if outcome.failures:
            print(f"{name}: {'; '.join(outcome.failures)}")


if __name__ == "__main__":
    main()
