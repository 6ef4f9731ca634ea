"""Whether and how a picture is shown: inline in a notebook, as text anywhere else."""

from __future__ import annotations

import io
from typing import Any

from tinystack.selfcheck.pictures import Picture
from tinystack.selfcheck.report import execution

DOTS_PER_INCH = 144
"""Nearly twice the density at which a notebook lays pictures out, so that they are sharp."""

CSS_PIXELS_PER_INCH = 80

HINT = "   (with matplotlib installed, this is drawn as a picture: pip install matplotlib)"


class Inline:
    """A drawn picture as a notebook displays it; its text stands in wherever there are no pictures."""

    def __init__(self, picture: Picture, figure: Any) -> None:
        self._picture, self._figure = picture, figure

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        png = io.BytesIO()
        self._figure.savefig(png, format="png", dpi=DOTS_PER_INCH)
        width, height = (int(inches * CSS_PIXELS_PER_INCH) for inches in self._figure.get_size_inches())
        text = self._picture.text()
        metadata = {
            "width": width,
            "height": height,
            "alt": self._picture.caption(),
            "needs_background": "light",
        }
        return {"image/png": png.getvalue(), "text/plain": text}, {"image/png": metadata}


def show(picture: Picture) -> None:
    """Show a picture in the notebook, or print its text.

    Under `nbgrader validate` nothing is drawn: nobody sees it, and a word on stderr is a failure.
    """
    if execution() == "validate":
        return
    if not _inline():
        print(picture.text())
        return
    try:
        figure = _draw(picture)
    except ImportError:
        print(f"{picture.text()}\n{HINT}")
        return
    from IPython.display import display

    display(Inline(picture, figure))  # type: ignore[no-untyped-call]


def _draw(picture: Picture) -> Any:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=picture.size(), layout="constrained")
    FigureCanvasAgg(figure)
    picture.draw(figure)
    return figure


def _inline() -> bool:
    """Whether this runs in an IPython that can show pictures: any but the one in a terminal."""
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:
        return False
    shell = get_ipython()
    return shell is not None and "terminal" not in type(shell).__module__.lower()
