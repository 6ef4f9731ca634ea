"""nbgrader's formgrader, looked at in a browser. TEST_SCREENSHOTS names a folder to keep the pictures in."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import CourseFolder, Work
    from playwright.sync_api import Page

pytestmark = pytest.mark.timeout(900)

TOKEN = "a-token-of-the-tests"
START_SECONDS = 60
PAGE_MILLISECONDS = 60_000
BROWSER_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="module")
def course(new_course: Callable[[], CourseFolder], work: Work) -> CourseFolder:
    """A course of three; one has work that was graded, another has new work."""
    made = new_course()
    made.hand_in("ada", work.solved())
    made.hand_in("bob", work.solved(solution_trainer=work.trainer(cleared=False)))
    made.grade()
    made.hand_in("eve", work.solved(solution_trainer=work.trainer(cleared=False)))
    return made


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"the Jupyter server does not answer:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="module")
def address(course: CourseFolder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Jupyter server with nbgrader's extensions, started in the course's folder."""
    home, port = tmp_path_factory.mktemp("home"), free_port()
    log = home / "server.log"
    places = dict.fromkeys(
        ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"), str(home)
    )
    own = str(Path(sys.executable).parent)
    path = os.pathsep.join([own, os.environ.get("PATH", os.defpath)])
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.root_dir": course.root,
        "ServerApp.open_browser": False,
        "ServerApp.allow_root": True,
        "IdentityProvider.token": TOKEN,
    }
    arguments = [f"--{name}={value}" for name, value in options.items()]
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyter", "server", *arguments],
            cwd=course.root,
            env={**os.environ, **places, "PATH": path},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/api?token={TOKEN}", server, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(20)


@pytest.fixture(scope="module")
def page(address: str, chromium: str) -> Iterator[Page]:
    """A page of a browser that is logged in to the server."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=BROWSER_OPTIONS)
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.set_default_timeout(PAGE_MILLISECONDS)
        page.goto(f"{address}/formgrader?token={TOKEN}")
        yield page
        browser.close()


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go."""
    folder = Path(os.environ.get("TEST_SCREENSHOTS") or tmp_path_factory.mktemp("screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def row_of(page: Page, address: str, student: str) -> str:
    """The text of a student's row in the table of submissions."""
    page.goto(f"{address}/formgrader/manage_submissions/07_training")
    row = page.locator("tr", has=page.locator("td.student-id", has_text=re.compile(rf"^\s*{student}\s*$")))
    row.wait_for()
    return row.inner_text()


def test_the_table_of_submissions_shows_the_scores(page: Page, address: str, pictures: Path) -> None:
    rows = {student: row_of(page, address, student) for student in ("ada", "bob", "eve")}
    page.screenshot(path=pictures / "1-table.png")
    assert "100 / 100" in rows["ada"] and "graded" in rows["ada"]
    assert "70 / 100" in rows["bob"]
    assert "needs autograding" in rows["eve"]


def test_the_autograde_button_gives_the_score_of_graders_grade(
    page: Page, address: str, course: CourseFolder, pictures: Path
) -> None:
    row_of(page, address, "eve")
    row = page.locator("tr", has=page.locator("td.student-id", has_text="eve"))
    row.locator("td.autograde a").click()
    page.get_by_text("Successfully autograded").first.wait_for()
    page.screenshot(path=pictures / "2-autograded.png")
    assert "70 / 100" in row_of(page, address, "eve")
    page.screenshot(path=pictures / "3-table-after.png")
    with_button = course.points("eve")
    course.grade("--student", "eve")
    assert course.points("eve") == with_button and course.scores()["eve"] == course.scores()["bob"] == 70


def open_submission(page: Page, address: str, course: CourseFolder, student: str) -> None:
    ((submission,),) = course.sql(
        "select notebook.id from submitted_notebook notebook"
        " join submitted_assignment assignment on assignment.id = notebook.assignment_id"
        " where assignment.student_id = ?",
        student,
    )
    page.goto(f"{address}/formgrader/submissions/{submission}")
    page.wait_for_load_state("networkidle")


def test_points_by_hand_that_were_graded_again_are_confirmed_with_the_button_that_we_name(
    page: Page, address: str, course: CourseFolder, pictures: Path
) -> None:
    cell = "(select id from base_cell where name = 'zero_grad' and type = 'GradeCell')"
    course.sql(f"update grade set manual_score = 4 where auto_score = 15 and cell_id = {cell}")
    told = "ada: points given by hand in 'zero_grad' wait for your confirmation"
    assert told in course.grade("--student", "ada").stdout
    assert course.grades("ada")["zero_grad"] == [15.0, 4.0, None, True]
    open_submission(page, address, course, "ada")
    button = page.get_by_role("button", name="Resolve")
    button.wait_for()
    page.screenshot(path=pictures / "5-resolve.png")
    with page.expect_response(lambda answer: answer.request.method == "PUT"):
        button.click()
    assert course.grades("ada")["zero_grad"] == [15.0, 4.0, None, False]
    assert told not in course.grade("--student", "ada").stdout
    assert course.grades("ada")["zero_grad"] == [15.0, 4.0, None, False]


def test_the_submission_shows_the_student_s_message_and_picture(
    page: Page, address: str, course: CourseFolder, pictures: Path
) -> None:
    open_submission(page, address, course, "bob")
    verdict = page.locator(".graders-verdict", has_text="zero_grad() requirement: 0 of 15 points").first
    verdict.wait_for()
    text = verdict.inner_text()
    assert "missing zero_grad()" in text and "Seen" in text and "Where to look" in text
    verdict.scroll_into_view_if_needed()
    page.screenshot(path=pictures / "4-submission.png")
    drawn = page.locator("div.nbgrader_cell, div.cell, .jp-Cell", has=verdict).last.locator("img")
    assert drawn.count() >= 1
    assert (drawn.first.get_attribute("alt") or "").strip()
    assert drawn.first.evaluate("image => image.naturalWidth") > 100
