"""Makes docs/pictures/feedback.png: one test in the feedback of a student whose loop has no zero_grad().

The student, one of the sample class, is graded in a temporary course; Chromium draws that cell of the page.

Usage: python docs/make_pictures.py    (needs chromium, or its path in CHROMIUM)
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib
from PIL import Image, ImageChops

ROOT = Path(__file__).resolve().parents[1]
ASSIGNMENT, STUDENT, CELL = "07_training", "badger", "zero_grad"
WIDTH, HEIGHT, MARGIN = 980, 1200, 12
SYMBOLS = Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
STYLE = f"""<style>
@font-face {{font-family: Symbols; src: url({SYMBOLS.as_uri()});}}
.graders-mark {{font-family: Symbols; color: #d32f2f;}}
body {{padding: 0; margin: 12px; background: #fff;}} .prompt, .pull-right a {{display: none;}}
</style>"""
MARK = '<span class="graders-mark">\N{HEAVY BALLOT X}</span>'
"""Stands for the cross in the message, as it looks in a browser that has a font for it."""


def graded_page(course: Path) -> str:
    """Grade the student in a course made for it, and return the feedback page."""
    shutil.copytree(ROOT / "source", course / "source")
    shutil.copytree(ROOT / "examples" / "class" / STUDENT, course / "class" / STUDENT)
    shutil.copy(ROOT / "nbgrader_config.py", course)
    command = [sys.executable, "-m", "graders", "grade", ASSIGNMENT, "--from", "class"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(command, cwd=course, env=environment, check=True, capture_output=True)
    return (course / "feedback" / STUDENT / ASSIGNMENT / f"{ASSIGNMENT}.html").read_text("utf-8")


def one_cell(page: str) -> str:
    """Leave the page's head, and of its body the one cell."""
    body = page.index("<body")
    start = page.index(f'<div class="cell border-box-sizing code_cell rendered" id="cell-id={CELL}"')
    end = page.index('<div class="cell ', start + 1)
    head = re.sub(r"<script.*?</script>|<link[^>]*>", "", page[:body], flags=re.DOTALL)
    cell = page[start:end].replace("\N{CROSS MARK}", MARK)
    return f"{head}{STYLE}<body>{cell}</body></html>"


def draw(page: Path, picture: Path) -> None:
    """Let Chromium draw a page, and cut off the empty margins."""
    browser = os.environ.get("CHROMIUM", "chromium")
    options = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--force-device-scale-factor=1.5",
    ]
    target = [f"--window-size={WIDTH},{HEIGHT}", f"--screenshot={picture}", page.as_uri()]
    subprocess.run([browser, *options, *target], check=True, capture_output=True, timeout=120)
    drawn = Image.open(picture).convert("RGB")
    left, top, right, bottom = ImageChops.invert(drawn).getbbox()
    whole = drawn.crop((left - MARGIN, top - MARGIN, right + MARGIN, bottom + MARGIN))
    whole.quantize(96, dither=Image.Dither.NONE).save(picture, optimize=True)


def main() -> None:
    """Make the picture."""
    with tempfile.TemporaryDirectory(prefix="graders-pictures-") as folder:
        page = Path(folder, "page.html")
        page.write_text(one_cell(graded_page(Path(folder, "course"))), "utf-8")
        draw(page, ROOT / "docs" / "pictures" / "feedback.png")


if __name__ == "__main__":
    main()
