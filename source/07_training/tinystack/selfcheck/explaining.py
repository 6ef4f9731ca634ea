"""Which failure explains which: what to mend first."""

from __future__ import annotations

from collections.abc import Sequence

from tinystack.selfcheck.report import Result


def roots(results: Sequence[Result]) -> dict[str, str]:
    """Return, by the name of a failed check, the name of the failed check that may explain it.

    A check names the points that it builds upon; and the same trouble twice is the first one's.
    """
    failed = [result for result in results if not result.passed]
    names = [result.point.name for result in failed]
    found: dict[str, str] = {}
    for number, result in enumerate(failed):
        before = [name for name in result.finding.after if name in names and name != result.point.name]
        same = [other.point.name for other in failed[:number] if _same(other, result)]
        first = next(iter([*same, *before]), None)
        if first is not None and result.point.name not in _chain(first, found):
            found[result.point.name] = first
    return found


def explained_by(name: str, explained: dict[str, str]) -> list[str]:
    """Return the checks that a failure explains, directly or by way of others."""
    return [other for other in explained if other != name and name in _chain(other, explained)]


def _same(one: Result, other: Result) -> bool:
    return (one.finding.bug, one.finding.saw) == (other.finding.bug, other.finding.saw)


def _chain(name: str, explained: dict[str, str]) -> list[str]:
    chain = [name]
    while chain[-1] in explained:
        chain.append(explained[chain[-1]])
    return chain
