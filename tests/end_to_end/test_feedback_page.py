"""The feedback page in a browser: readable at any width, in light and dark, without a network.

TEST_SCREENSHOTS names a folder to keep the pictures in.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from graders.feedback import CellGrade, Grades, render

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import CourseFolder, Work
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.timeout(600)

STUDENT = "badger"
COMMENT = "Nearly there: **one** line is missing."
WIDTHS = {"desktop": 1280, "phone": 390}
SCHEMES = ("light", "dark")
READABLE = 4.5
"""Contrast of text and background that WCAG asks for, level AA."""

CONTRASTS = """() => {
    const rgb = color => (color.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
    const light = color => {
        const linear = v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
        const [r, g, b] = rgb(color).map(v => linear(v / 255));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = element => {
        for (let e = element; e; e = e.parentElement) {
            const color = getComputedStyle(e).backgroundColor, parts = rgb(color);
            if (parts.length < 4 || parts[3] === 1) return color;
        }
        return getComputedStyle(document.documentElement).backgroundColor;
    };
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (!walker.currentNode.textContent.trim() || !element.getClientRects().length) continue;
        const [a, b] = [light(getComputedStyle(element).color), light(behind(element))].sort((x, y) => y - x);
        found.push([(a + 0.05) / (b + 0.05), walker.currentNode.textContent.trim().slice(0, 60)]);
    }
    return found;
}"""


@pytest.fixture(scope="module")
def course(new_course: Callable[[], CourseFolder], work: Work) -> CourseFolder:
    """A course with one student, late, whose loop never clears a gradient, and a comment by hand."""
    made = new_course()
    made.hand_in(STUDENT, work.solved(solution_trainer=work.trainer(cleared=False)))
    made.nbgrader("generate_assignment", "07_training")
    made.nbgrader("autograde", "07_training")
    (comment,) = made.sql(
        "select id from comment where cell_id in (select id from base_cell where name = 'solution_trainer')"
    )
    made.sql("update comment set manual_comment = ? where id = ?", COMMENT, comment[0])
    made.sql("update submitted_notebook set late_submission_penalty = 3")
    made.nbgrader("generate_feedback", "07_training")
    return made


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=chromium, args=options)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, course: CourseFolder) -> Iterator[Callable[..., Page]]:
    """open_page(width, scheme): the page in a new window; `requests` of it collects what it asked for."""
    opened = []

    def make(width: int = WIDTHS["desktop"], scheme: Any = "light") -> Page:
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        opened.append(page)
        page.goto((course.root / "feedback" / STUDENT / "07_training" / "07_training.html").as_uri())
        return page

    yield make
    for page in opened:
        page.close()


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(os.environ.get("TEST_SCREENSHOTS") or tmp_path_factory.mktemp("screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("device", WIDTHS)
def test_the_page_never_scrolls_sideways(
    open_page: Callable[..., Page], pictures: Path, device: str, scheme: str
) -> None:
    page = open_page(WIDTHS[device], scheme)
    for details in page.locator("details").all():
        details.evaluate("element => element.open = true")
    page.screenshot(path=pictures / f"feedback-{device}-{scheme}.png")
    sizes = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    whole, seen = page.evaluate(sizes)
    assert whole <= seen


@pytest.mark.parametrize("scheme", SCHEMES)
def test_all_text_stands_out_from_its_background(open_page: Callable[..., Page], scheme: str) -> None:
    contrasts = open_page(scheme=scheme).evaluate(CONTRASTS)
    assert len(contrasts) > 500
    assert [(round(contrast, 2), text) for contrast, text in contrasts if contrast < READABLE] == []


def test_light_and_dark_differ(open_page: Callable[..., Page]) -> None:
    colours = "() => [getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
    light, dark = (open_page(scheme=scheme).evaluate(colours) for scheme in SCHEMES)
    assert light[0] != dark[0] and light[1] != dark[1]


def test_nothing_is_asked_of_a_network(browser: Browser, course: CourseFolder) -> None:
    page, asked = browser.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((course.root / "feedback" / STUDENT / "07_training" / "07_training.html").as_uri())
    page.wait_for_load_state("networkidle")
    page.close()
    assert [url[:60] for url in asked if not url.startswith("data:")] == [asked[0][:60]], "the page alone"


def test_each_row_leads_to_its_cell(open_page: Callable[..., Page]) -> None:
    page = open_page()
    links = page.locator(".points .title a")
    assert links.count() == 9
    for link in links.all():
        link.click()
        target = page.locator(":target")
        assert target.count() == 1
        assert link.inner_text() in target.locator(".label").first.inner_text()
        assert target.evaluate("element => Math.abs(element.getBoundingClientRect().top)") < 900


def test_the_result_is_told_in_words(open_page: Callable[..., Page]) -> None:
    page = open_page()
    row = page.locator(".points li", has_text="zero_grad() requirement").first
    assert "failed" in row.inner_text() and "0 / 15" in row.inner_text()
    assert "missing zero_grad()" in row.inner_text()
    explained = page.locator(".points li", has_text="Loss convergence")
    assert "Explained by zero_grad() requirement" in explained.inner_text()
    header = page.locator("header").inner_text()
    assert "67 of 100 points" in header and "3 points, already taken off" in header
    assert "Nearly there: one line is missing." in page.locator("#comment-solution_trainer").inner_text()


def test_pictures_are_shown_with_words(open_page: Callable[..., Page]) -> None:
    page = open_page()
    drawn = page.locator("#cell-zero_grad img")
    assert drawn.count() >= 1
    for picture in page.locator("img").all():
        assert (picture.get_attribute("alt") or "").strip()
        assert picture.evaluate("image => image.naturalWidth") > 100


def test_mathematics_is_laid_out(open_page: Callable[..., Page]) -> None:
    fractions = open_page().locator("math mfrac")
    assert fractions.count() >= 3
    assert fractions.first.evaluate("element => element.getBoundingClientRect().height") > 15


def test_nbgrader_and_our_own_rendering_give_the_same_bytes(course: CourseFolder) -> None:
    verdicts = course.verdicts(STUDENT)
    cells = {name: CellGrade(v["score"], v["max"]) for name, v in verdicts.items()}
    total = sum(verdict["score"] for verdict in verdicts.values())
    comments = course.sql(
        "select cell.name, coalesce(comment.manual_comment, comment.auto_comment) from comment"
        " join base_cell cell on cell.id = comment.cell_id"
    )
    cells |= {name: CellGrade(comment=text or "") for name, text in comments}
    grades = Grades("07_training", total - 3, 100, 3, cells)
    assert render(course.autograded(STUDENT), grades) == course.feedback(STUDENT)


def test_hidden_tests_are_shown_where_the_course_says_so(course: CourseFolder) -> None:
    assert "@tinystack.lab.experiment" not in course.feedback(STUDENT)
    course.nbgrader("generate_feedback", "07_training", "--force", "--HideTests.show_hidden_tests=True")
    try:
        assert "tinystack" in course.feedback(STUDENT) and "BEGIN HIDDEN TESTS" in course.feedback(STUDENT)
    finally:
        course.nbgrader("generate_feedback", "07_training", "--force")
