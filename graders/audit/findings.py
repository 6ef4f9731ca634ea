"""What a matrix says against the tests: pure functions from rows to findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from graders.audit.matrix import Row
from graders.audit.measure import Measured
from graders.audit.mutants import Equivalent, stale
from graders.criteria import CRITERIA, Criterion
from graders.library import Chaff
from graders.verdict import Outcome

RIGHT_CAUSES = 0.95
"""Share of chaffs whose root cause must be named rightly."""


class Kind(StrEnum):
    """What a finding is about, in the order of the report; the values are the headings."""

    SURVIVOR = "Bugs that no test catches"
    MUTANT = "Mutants that survive"
    STALE = "Equivalent mutants that are none"
    WHEAT = "Correct trainers that lose points"
    COLLATERAL = "Points lost to a bug of another point"
    CAUSE = "Root causes"
    MISPLACED = "Criteria that test the wrong thing"
    SNAPSHOT = "Differences from the pinned matrix"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with the tests, the specimen or criterion that it is about, and a sentence."""

    kind: Kind
    name: str
    text: str


@dataclass(frozen=True)
class Coverage:
    """How many of the known bugs of a point its criterion catches."""

    criterion: Criterion
    caught: int
    total: int
    misplaced: bool

    @property
    def status(self) -> str:
        """OK, or what is wrong."""
        if self.misplaced:
            return "TESTS THE WRONG THING"
        if not self.total:
            return "NO KNOWN BUGS"
        missed = self.total - self.caught
        return "OK" if not missed else f"{missed} SURVIVE" if missed > 1 else "1 SURVIVES"

    @property
    def percent(self) -> int:
        """Rounded down, so that only all is 100."""
        return 100 * self.caught // self.total if self.total else 0


@dataclass(frozen=True)
class Named:
    """How well root causes are named: of all chaffs, those with the right point, and with the right cause."""

    total: int
    points_right: int
    causes_right: int
    wrong: Sequence[Finding]


def caught(chaff: Chaff, row: Row) -> bool:
    """Whether the criterion of a chaff's own point fails it."""
    return row.verdicts[chaff.point].outcome is Outcome.FAILED


def coverage(measured: Measured) -> list[Coverage]:
    """The coverage of each point, in the order of the contract."""
    wrong_place = {finding.name for finding in misplaced(measured)}
    found = []
    for name, criterion in measured.criteria.items():
        own = [chaff for chaff in measured.library.chaffs if chaff.point == name]
        hits = sum(caught(chaff, measured.rows[chaff.name]) for chaff in own)
        found.append(Coverage(criterion, hits, len(own), name in wrong_place))
    return found


def findings(measured: Measured, equivalent: Mapping[str, Equivalent]) -> list[Finding]:
    """All findings on one nonce, in the order of the report, but for differences from the snapshot."""
    alive = {m.name for m in measured.library.mutants if not measured.rows[m.name].failed}
    survivors = [mutant for mutant in measured.library.mutants if mutant.name in alive]
    return [
        *_survivors(measured),
        *(Finding(Kind.MUTANT, m.name, m.change) for m in survivors if m.name not in equivalent),
        *(_stale(entry) for entry in stale(equivalent, survivors) if measured.library.mutants),
        *_wheats(measured),
        *_collateral(measured),
        *_causes(naming(measured)),
        *misplaced(measured),
    ]


def trial_findings(measured: Measured) -> list[Finding]:
    """What must hold for every nonce: every wheat earns all points, every chaff fails its own."""
    return [*_survivors(measured), *_wheats(measured), *_collateral(measured)]


def _survivors(measured: Measured) -> Iterator[Finding]:
    for chaff in measured.library.chaffs:
        if not caught(chaff, measured.rows[chaff.name]):
            text = f"the criterion {chaff.point} does not catch it: {chaff.bug}"
            yield Finding(Kind.SURVIVOR, chaff.name, text)


def _stale(entry: Equivalent) -> Finding:
    text = f"it is killed, or exists no longer: delete its entry ({entry.change})"
    return Finding(Kind.STALE, entry.name, text)


def _wheats(measured: Measured) -> Iterator[Finding]:
    for wheat in measured.library.wheats:
        row = measured.rows[wheat.name]
        for name in row.failed:
            yield Finding(Kind.WHEAT, wheat.name, lost(row, name))


def lost(row: Row, criterion: str) -> str:
    """Say how many points a criterion took, and what it saw."""
    verdict = row.verdicts[criterion]
    points = f"{criterion} gives {verdict.score:g} of {verdict.max_score:g} points"
    expected = f", expected {verdict.expected}" if verdict.expected else ""
    return f"{points} ({verdict.cause or verdict.outcome}): {verdict.seen}{expected}"


def _collateral(measured: Measured) -> Iterator[Finding]:
    for chaff in measured.library.chaffs:
        row = measured.rows[chaff.name]
        for name in row.failed:
            if name not in (chaff.point, *chaff.also_fails) and _is_known_to(chaff, name):
                yield Finding(Kind.COLLATERAL, chaff.name, lost(row, name))


def _is_known_to(chaff: Chaff, point: str) -> bool:
    """Whether a chaff's header could name a point: those of the package know of no course's own points."""
    return point in CRITERIA or chaff.point not in CRITERIA


def naming(measured: Measured) -> Named:
    """Compare the named root cause of each chaff with the one that it was written for."""
    points_right, wrong = 0, []
    for chaff in measured.library.chaffs:
        roots = [(v.criterion, v.cause) for v in measured.rows[chaff.name].roots]
        points_right += [point for point, _ in roots] == [chaff.point]
        if roots != [(chaff.point, chaff.cause)]:
            names = " and ".join(f"{point}: {cause}" for point, cause in roots) or "nothing"
            text = f"named as {names}; it is {chaff.point}: {chaff.cause}"
            wrong.append(Finding(Kind.CAUSE, chaff.name, text))
    total = len(measured.library.chaffs)
    return Named(total, points_right, total - len(wrong), wrong)


def _causes(named: Named) -> Iterator[Finding]:
    """A finding where too few root causes are right. Single ones are reported, and allowed."""
    if named.causes_right < RIGHT_CAUSES * named.total:
        share = f"{100 * named.causes_right / named.total:.1f} %"
        text = (
            f"{share} of the root causes are named rightly ({named.causes_right} of {named.total}), "
            f"and {100 * RIGHT_CAUSES:.0f} % are asked for"
        )
        yield Finding(Kind.CAUSE, "all chaffs", text)


def misplaced(measured: Measured) -> list[Finding]:
    """Criteria that catch none of the bugs of their own point, or mostly those of another.

    Only failures that no other failure explains count: a broken loop fails nearly everything.
    """
    catches: dict[str, Counter[str]] = {name: Counter() for name in measured.criteria}
    own: Counter[str] = Counter()
    for chaff in measured.library.chaffs:
        row = measured.rows[chaff.name]
        own[chaff.point] += caught(chaff, row)
        for verdict in row.roots:
            catches[verdict.criterion][chaff.point] += 1
    points = {chaff.point for chaff in measured.library.chaffs}
    wrong = ((name, _wrong_place(name, catches[name], own[name])) for name in catches if name in points)
    return [Finding(Kind.MISPLACED, name, text) for name, text in wrong if text]


def _wrong_place(name: str, catches: Counter[str], own: int) -> str:
    most = catches.most_common(1)
    if most and catches[most[0][0]] > catches[name]:
        other, count = most[0]
        return (
            f"it claims {name}, and catches more bugs of {other} ({count}) than of its own ({catches[name]})"
        )
    return "" if own else f"it claims {name}, and catches none of the bugs of that point"
