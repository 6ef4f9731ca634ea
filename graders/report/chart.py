"""The distribution of the scores as a picture, in SVG with its figures as text."""

from __future__ import annotations

from collections.abc import Sequence

from graders.report.records import Bin

WIDTH, HEIGHT = 700, 230
TOP, BOTTOM = 30, 32
GAP = 8
"""Units of the drawing between two bars."""


def chart(distribution: Sequence[Bin]) -> str:
    """Draw one bar for each bin, with its count above it, and the points at the borders of the bins."""
    most = max((len(part.students) for part in distribution), default=0) or 1
    step, floor = WIDTH / max(len(distribution), 1), HEIGHT - BOTTOM
    drawn = [_label(0, f"{distribution[0].low:g}", "start")] if distribution else []
    for number, part in enumerate(distribution):
        count, left = len(part.students), number * step
        height = (floor - TOP) * count / most
        drawn.append(
            f'<rect x="{left + GAP / 2:.1f}" y="{floor - height:.1f}" width="{step - GAP:.1f}" '
            f'height="{height:.1f}" rx="3"/>'
        )
        if count:
            drawn.append(f'<text x="{left + step / 2:.1f}" y="{floor - height - 8:.1f}">{count}</text>')
        last = number == len(distribution) - 1
        drawn.append(_label(left + step, f"{part.high:g}", "end" if last else "middle"))
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{alt(distribution)}">'
        f'<line x1="0" y1="{floor}" x2="{WIDTH}" y2="{floor}"/>{"".join(drawn)}</svg>'
    )


def _label(x: float, text: str, anchor: str) -> str:
    return f'<text class="quiet" x="{x:.1f}" y="{HEIGHT - 8}" style="text-anchor:{anchor}">{text}</text>'


def alt(distribution: Sequence[Bin]) -> str:
    """What the picture shows, in words."""
    parts = [
        f"{len(part.students)} from {part.low:g} to {part.high:g}" for part in distribution if part.students
    ]
    return f"Number of students by points: {', '.join(parts) or 'none'}"
