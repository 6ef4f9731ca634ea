"""Makes the pictures of the README and of the documentation, in docs/pictures/.

The sample class is graded in a temporary course; headless Chromium then looks at what a student and an
instructor see: a self-check in the notebook, a feedback page, the class report, and nbgrader's formgrader.

Usage: python docs/make_pictures.py [NAME...]    (needs chromium, or its path in CHROMIUM)
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import create_engine, text

from graders.course import Course
from graders.report import build
from graders.report.page import page as report_page

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
ASSIGNMENT, STUDENT, POINT = "07_training", "badger", "zero_grad"
WIDTH = 1000
SCALE = 1.5
MAX_BYTES = 150_000
COLOURS = (256, 128, 64, 32)
TOKEN = "a-token-for-pictures"
START_SECONDS = 120
OPTIONS = ["--no-sandbox", "--disable-gpu", "--hide-scrollbars"]


def main() -> int:
    """Make the pictures that are named, or all of them."""
    parser = argparse.ArgumentParser(description="Make the pictures of the documentation.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(MAKERS)}")
    names = parser.parse_args().names or list(MAKERS)
    unknown = sorted(set(names) - set(MAKERS))
    if unknown:
        parser.error(f"there is no picture {', '.join(unknown)}; there are: {', '.join(MAKERS)}")
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="graders-pictures-") as folder, sync_playwright() as playwright:
        course = Path(folder, "course")
        grade(course)
        executable = os.environ.get("CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=executable, args=OPTIONS)
        for name in names:
            path = PICTURES / f"{name}.png"
            save(MAKERS[name](course, browser), path)
            print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} kB")
        browser.close()
    return 0


def environment() -> dict[str, str]:
    """This project's package, and the commands of this environment."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    return {**os.environ, "PYTHONPATH": str(ROOT), "PATH": path}


def grade(course: Path) -> None:
    """Grade the sample class in a course made for it."""
    ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for name in ("source", "specimens"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, course / name, ignore=ignored)
    shutil.copy(ROOT / "nbgrader_config.py", course)
    classes = str(ROOT / "examples" / "class")
    command = [sys.executable, "-m", "graders", "grade", ASSIGNMENT, "--from", classes]
    done = subprocess.run(command, cwd=course, env=environment(), capture_output=True, text=True)
    graded = done.returncode in (0, 1) and (course / "feedback").is_dir()
    if not graded:  # 1 alone: somebody could not be graded, which the report shows
        raise SystemExit(f"the sample class cannot be graded:\n{done.stdout}{done.stderr}")


def view(browser: Browser, height: int, width: int = WIDTH) -> Page:
    """Open an empty page of a size."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, device_scale_factor=SCALE, color_scheme="light"
    )
    return context.new_page()


def self_check(course: Path, browser: Browser) -> bytes:
    """The cell that checks one point, as the student sees it in the notebook."""
    folder = course / "submitted" / STUDENT / ASSIGNMENT
    notebook = nbformat.read(folder / f"{ASSIGNMENT}.ipynb", as_version=4)
    lesson = course / "release" / ASSIGNMENT
    NotebookClient(notebook, resources={"metadata": {"path": str(lesson)}}, allow_errors=True).execute()
    notebook.cells = [cell for cell in notebook.cells if cell.get("id") == POINT]
    for cell in notebook.cells:  # the error that ends the cell says the same in one line
        cell.outputs = [output for output in cell.outputs if output.output_type != "error"]
    html, _ = HTMLExporter(template_name="lab", exclude_input_prompt=True, mathjax_url="").from_notebook_node(
        notebook
    )
    shown = view(browser, 900)
    shown.set_content(html, wait_until="domcontentloaded")
    return shown.locator("main").screenshot()


def feedback(course: Path, browser: Browser) -> bytes:
    """The top of the feedback page."""
    path = course / "feedback" / STUDENT / ASSIGNMENT / f"{ASSIGNMENT}.html"
    shown = view(browser, 900)
    shown.goto(path.as_uri(), wait_until="domcontentloaded")
    return shown.screenshot()


def report(course: Path, browser: Browser) -> bytes:
    """The class report, down to the causes."""
    target = course / f"{ASSIGNMENT}-report.html"
    target.write_text(report_page(build(Course(course), ASSIGNMENT), target, course), "utf-8")
    shown = view(browser, 1330)
    shown.goto(target.as_uri())
    return shown.screenshot()


def formgrader(course: Path, browser: Browser) -> bytes:
    """A submission in nbgrader's formgrader, at the message of one point."""
    with server(course) as address:
        shown = view(browser, 820, width=1180)
        shown.set_default_timeout(START_SECONDS * 1000)
        shown.goto(f"{address}/formgrader?token={TOKEN}")
        shown.goto(f"{address}/formgrader/submissions/{submission_id(course)}")
        shown.wait_for_load_state("networkidle")
        verdict = shown.locator(".graders-verdict").filter(has_text="zero_grad() requirement").first
        verdict.wait_for()
        verdict.evaluate("element => element.scrollIntoView({block: 'center'})")
        return shown.screenshot()


def submission_id(course: Path) -> str:
    """The number under which formgrader shows the student's notebook."""
    statement = (
        "select notebook.id from submitted_notebook notebook join submitted_assignment assignment"
        " on assignment.id = notebook.assignment_id where assignment.student_id = :student"
    )
    engine = create_engine(f"sqlite:///{course / 'gradebook.db'}")
    with engine.connect() as connection:
        found = connection.execute(text(statement), {"student": STUDENT}).scalar_one()
    engine.dispose()
    return str(found)


@contextmanager
def server(course: Path) -> Iterator[str]:
    """A Jupyter server with nbgrader's extensions, in the course's folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    home = course.parent / "home"
    home.mkdir(exist_ok=True)
    places = dict.fromkeys(
        ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"), str(home)
    )
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.root_dir": course,
        "ServerApp.open_browser": False,
        "ServerApp.allow_root": True,
        "IdentityProvider.token": TOKEN,
    }
    command = [sys.executable, "-m", "jupyter", "server"]
    command += [f"--{name}={value}" for name, value in options.items()]
    with (home / "server.log").open("wb") as log:
        started = subprocess.Popen(
            command, cwd=course, env={**environment(), **places}, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/api?token={TOKEN}", started, home / "server.log")
            yield f"http://127.0.0.1:{port}"
        finally:
            started.terminate()
            started.wait(20)


def wait_for(url: str, started: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server answers."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and started.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"the Jupyter server does not answer:\n{log.read_text()[-3000:]}")


def save(png: bytes, path: Path) -> None:
    """Write a picture with as many colours as its size allows."""
    drawn = Image.open(io.BytesIO(png)).convert("RGB")
    for colours in COLOURS:
        drawn.quantize(colours, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size <= MAX_BYTES:
            return
    raise SystemExit(f"{path} has {path.stat().st_size} bytes, more than {MAX_BYTES}: show less of the page")


MAKERS: dict[str, Callable[[Path, Browser], bytes]] = {
    "self-check": self_check,
    "feedback": feedback,
    "report": report,
    "formgrader": formgrader,
}
"""How each picture is made, by its name."""


if __name__ == "__main__":
    sys.exit(main())
