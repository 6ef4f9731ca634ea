"""The named root cause of every chaff, found without its own file wherever another has the same bug."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from graders.audit.matrix import Row, Run
from graders.comparable import Comparable
from graders.diagnosis import best_match, diagnose
from graders.library import NONE, Chaff
from graders.verdict import Outcome

Known = Mapping[str, Sequence[tuple[Chaff, Comparable]]]
"""By point: its chaffs, and the evidence that each leaves in the experiment of that point."""


def known_evidence(chaffs: Iterable[Chaff], runs: Mapping[str, Run]) -> Known:
    """Collect what the chaffs leave in the experiments of their own points."""
    known: dict[str, list[tuple[Chaff, Comparable]]] = defaultdict(list)
    for chaff in chaffs:
        evidence = runs[chaff.name].observed[chaff.point].evidence
        if evidence is not None:
            known[chaff.point].append((chaff, Comparable(evidence)))
    return known


def left_out(chaff: Chaff, chaffs: Iterable[Chaff]) -> bool:
    """Whether a chaff is to be named without its own file: another trainer has the same bug."""
    twins = (c for c in chaffs if c.name != chaff.name and (c.point, c.bug_id) == (chaff.point, chaff.bug_id))
    return chaff.bug_id != NONE and any(twins)


def named(row: Row, run: Run, known: Known, without: str | None) -> Row:
    """Name the root cause of a row as a student would be told it. without: a chaff to leave out."""
    bugs = {}
    for name in row.failed:
        evidence = run.observed[name].evidence
        if evidence is None:
            continue
        seen = Comparable(evidence)
        matching = [
            chaff for chaff, left in known.get(name, ()) if chaff.name != without and seen.equals(left)
        ]
        if matching and row.verdicts[name].outcome is Outcome.FAILED:
            bugs[name] = best_match(matching, row.verdicts[name])
    return replace(row, verdicts=diagnose(row.verdicts, bugs))
