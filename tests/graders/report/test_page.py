"""The page: complete, safe, readable without a network, on a phone, and in the dark."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from graders.report import ClassReport, build
from graders.report.page import page
from graders.report.records import Alike, Pair, State

if TYPE_CHECKING:
    from conftest import MadeCourse
    from playwright.sync_api import Browser

ASSIGNMENT = "07_training"

EVIL = "<img src=x onerror=alert(1)>"
WIDTHS = {"desktop": 1100, "phone": 390}
PAIRS = Alike(4, 0.4, 0.8, (Pair(("ash", "birch"), (0.97, 0.9)),))


@pytest.fixture
def report(made: MadeCourse) -> ClassReport:
    return dataclasses.replace(build(made.course, ASSIGNMENT), alike=PAIRS)


@pytest.fixture
def written(made: MadeCourse, report: ClassReport) -> Path:
    target = made.root / "reports" / "class.html"
    target.parent.mkdir()
    target.write_text(page(report, target, made.root), "utf-8")
    return target


class Elements(HTMLParser):
    """Collects the links and the tags of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.sources: list[str] = []
        self.tags: list[str] = []
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        self.tags.append(tag)
        self.links += [str(found["href"])] if tag == "a" else []
        self.sources += [str(found[key]) for key in ("src", "srcset") if key in found]
        self.ids |= {str(found["id"])} if "id" in found else set()


def test_every_link_leads_somewhere_and_nothing_is_fetched(written: Path) -> None:
    elements = Elements(written.read_text("utf-8"))
    assert not elements.sources and "link" not in elements.tags
    assert any(not link.startswith("#") for link in elements.links)
    for link in elements.links:
        if link.startswith("#"):
            assert link[1:] in elements.ids
        else:
            assert (written.parent / link).is_file()


def test_the_page_names_every_student_cause_repair_and_state(written: Path, report: ClassReport) -> None:
    text = written.read_text("utf-8")
    for student in report.students:
        assert f">{student.id}<" in text and str(student.state) in text
        assert all(repair.replace("'", "&#x27;") in text for repair in student.repairs)
    assert all(count.cause.sentence.split(":")[0] in text for count in report.causes)
    assert "97%" in text and "proves nothing" in text


def test_what_students_wrote_is_text_and_no_markup(made: MadeCourse, report: ClassReport) -> None:
    evil = dataclasses.replace(
        report.students[0], id=EVIL, name=EVIL, problem=EVIL, repairs=(EVIL,), feedback=f"feedback/{EVIL}"
    )
    told = dataclasses.replace(report, students=(evil,), failed_runs=(evil,), slowest=(evil,))
    elements = Elements(page(told, made.root / "class.html", made.root))
    assert "img" not in elements.tags


def test_a_chart_has_its_figures_in_words_and_as_a_table(written: Path) -> None:
    text = written.read_text("utf-8")
    label = re.search(r'<svg [^>]*role="img" aria-label="([^"]*)"', text)
    assert label is not None and "1 from 36 to 40" in label[1]
    assert "The same as a table" in text


def test_what_is_left_to_do_says_what_waits_and_has_no_column_without_content(
    made: MadeCourse, report: ClassReport
) -> None:
    birch = dataclasses.replace(
        report.students[1],
        state=State.WAITING,
        waiting=("zero_grad", "essay"),
        unconfirmed=("zero_grad",),
    )
    told = dataclasses.replace(report, students=(birch,))
    text = page(told, made.root / "class.html", made.root)
    left = text[text.index('<h2 id="todo">') : text.index('<h2 id="runs">')]
    assert "essay; zero_grad() requirement: given by hand, to be confirmed (in formgrader, press" in left
    assert "Name" not in left and "Name" in page(report, made.root / "class.html", made.root)


def test_an_empty_class_makes_a_page_too(made: MadeCourse, report: ClassReport) -> None:
    for folder in ("submitted", "autograded"):
        (made.root / folder).rename(made.root / f"no-{folder}")
    made_again = build(made.course, ASSIGNMENT)
    nobody = dataclasses.replace(
        made_again,
        students=(),
        causes=(),
        failed_runs=(),
        slowest=(),
        summary=dataclasses.replace(
            made_again.summary, count=0, mean=None, median=None, lowest=None, highest=None
        ),
    )
    assert "Nobody's grade is complete yet" in page(nobody, made.root / "class.html", made.root)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu"]
        launched = playwright.chromium.launch(executable_path=chromium, args=options)
        yield launched
        launched.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS.keys())
def test_the_page_fits_its_window_and_has_the_colours_of_the_system(
    browser: Browser, written: Path, width: int, scheme: str
) -> None:
    view = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    complaints: list[str] = []
    view.on("console", lambda message: complaints.append(message.text))
    view.goto(written.as_uri())
    assert view.evaluate("document.documentElement.scrollWidth") <= width
    red, *_ = map(int, re.findall(r"\d+", view.evaluate("getComputedStyle(document.body).backgroundColor")))
    assert (red > 200) == (scheme == "light")
    assert complaints == []
    view.close()


def test_the_bars_of_the_points_are_seen_in_full_on_a_phone(browser: Browser, written: Path) -> None:
    view = browser.new_page(viewport={"width": WIDTHS["phone"], "height": 900})
    view.goto(written.as_uri())
    bars = [bar.bounding_box() for bar in view.locator(".stack").all()]
    assert len(bars) == 3
    for bar in bars:
        assert bar is not None and bar["width"] > 60
        assert bar["x"] >= 0 and bar["x"] + bar["width"] <= WIDTHS["phone"]
    view.close()


def test_the_filter_leaves_the_lines_that_match(browser: Browser, written: Path) -> None:
    view = browser.new_page()
    view.goto(written.as_uri())
    view.fill("#filter", "nothing handed in")
    assert view.locator("#students tbody tr:visible").count() == 1
    assert view.inner_text("#shown") == "1 of 6 students"
    view.close()


def test_the_page_says_the_same_without_a_script(browser: Browser, written: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    view = context.new_page()
    view.goto(written.as_uri())
    assert view.locator("#students tbody tr").count() == 6
    assert not view.locator("#filter").is_visible()
    context.close()
