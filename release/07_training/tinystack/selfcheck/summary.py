"""All nine integration points, one line each."""

from __future__ import annotations

from typing import Any

from tinystack.selfcheck import checks
from tinystack.selfcheck.points import NINE
from tinystack.selfcheck.report import Result, SelfCheckFailed, execution, first_line
from tinystack.selfcheck.running import run

NOTE = "These are all PUBLIC checks: the hidden tests look at more, so this is not your grade."

_PIECES = {
    "scheduling": ("cosine_schedule", "CosineSchedule"),
    "clipping": ("clip_function", "clip_grad_norm"),
}


def check(Trainer: Any, CosineSchedule: Any = None, clip_grad_norm: Any = None) -> None:
    """Run all public checks: nine lines and a count. Raises SelfCheckFailed if any of them fails.

    The two pieces are checked with their points, scheduling and clipping, where they are given.
    """
    if execution() == "autograde":
        return
    pieces = {"cosine_schedule": CosineSchedule, "clip_function": clip_grad_norm}
    failed = []
    for name in NINE:
        results = _results(name, Trainer, pieces)
        worst = next((result for result in results if not result.passed), results[-1])
        print(first_line(worst) + _unchecked(name, pieces, worst), flush=True)
        failed += [] if worst.passed else [worst.point.name]
    _end(failed)


def _results(name: str, trainer_class: Any, pieces: dict[str, Any]) -> list[Result]:
    """Run the check of a piece, if there is one and it is given, and that of the trainer."""
    piece = _PIECES.get(name, ("", ""))[0]
    before = [run(piece, getattr(checks, piece), pieces[piece])] if pieces.get(piece) is not None else []
    return [*before, run(name, getattr(checks, name), trainer_class)]


def _unchecked(name: str, pieces: dict[str, Any], worst: Result) -> str:
    piece, argument = _PIECES.get(name, ("", ""))
    if not piece or pieces[piece] is not None or not worst.passed:
        return ""
    return f" by the trainer ({argument} itself was not given, so not checked)"


def _end(failed: list[str]) -> None:
    count = f"{len(NINE) - len(failed)} of {len(NINE)} passed. {NOTE}"
    print(count)
    if failed:
        details = [f"   selfcheck.{name}(...) shows what was seen, and where to look" for name in failed]
        print("\n".join(details))
        raise SelfCheckFailed(
            [f"❌ {len(failed)} of {len(NINE)} public checks failed: {', '.join(failed)}", *details]
        )
