"""The feedback page: what it says, that its links lead somewhere, and that it needs and runs nothing."""

from __future__ import annotations

import copy
import html as html_module
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from graders.evidence import MIME_TYPE
from graders.feedback import CellGrade, Grades, render
from graders.messages import as_html, as_record
from graders.verdict import Outcome, Verdict

HIDDEN = "### BEGIN HIDDEN TESTS\nsecret_of_the_test = 1\n### END HIDDEN TESTS\n\nvisible()"
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

VERDICTS = {
    "orchestration": Verdict("orchestration", "Training loop", 15, 15, Outcome.PASSED),
    "zero_grad": Verdict(
        "zero_grad",
        "zero_grad() requirement",
        0,
        15,
        Outcome.FAILED,
        cause="never_cleared",
        seen="update 2 used <batch> 1",
        expected="batch 2",
        likely_cause="gradients are never cleared",
        where_to_look="train_epoch",
    ),
    "convergence": Verdict(
        "convergence", "Convergence", 5, 15, Outcome.FAILED, cause="lost", explained_by="zero_grad"
    ),
    "history": Verdict("history", "History", 0, 5, Outcome.NOT_JUDGED, seen="the grader failed"),
}
"""As the notebook's metadata have them: sorted by name, not in the order of the contract."""


class Page(HTMLParser):
    """What a test wants to know of a page."""

    VOID = ("meta", "link", "br", "img", "hr", "input", "col")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text += data

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag in tags]


def test_cell(name: str, *outputs: NotebookNode) -> NotebookNode:
    verdict = VERDICTS[name]
    message = new_output("display_data", data={"text/html": as_html(verdict, {}), "text/plain": "m"})
    number = new_output("execute_result", data={"text/plain": "0.125"})
    evidence = new_output("display_data", data={MIME_TYPE: "evidence-of-the-student"})
    cell = new_code_cell(HIDDEN, outputs=[message, *outputs, number, evidence])
    cell.metadata["nbgrader"] = NotebookNode(grade=True, solution=False, grade_id=name, points=15)
    cell.metadata["graders"] = NotebookNode(outcome=str(verdict.outcome))
    return cell


test_cell.__test__ = False  # type: ignore[attr-defined]


def solution(name: str, source: str) -> NotebookNode:
    cell = new_code_cell(source)
    cell.metadata["nbgrader"] = NotebookNode(grade=False, solution=True, grade_id=name)
    return cell


@pytest.fixture
def notebook() -> NotebookNode:
    picture = new_output(
        "display_data", data={"image/png": PIXEL, "text/plain": "x"}, metadata={"image/png": {"alt": "a map"}}
    )
    cells = [
        new_markdown_cell("**Notes on your notebook**\n\n- again", id="notes-on-your-notebook"),
        new_markdown_cell("# Lesson\n\n### Deep\n\nText with $x^2$."),
        solution("solution_loop", "def f():\n    return 1"),
        *(test_cell(name, picture) for name in VERDICTS),
    ]
    made = new_notebook(cells=cells)
    records = {name: as_record(VERDICTS[name]) for name in sorted(VERDICTS)}
    made.metadata["graders"] = {"repairs": ["the cell 'a' was missing"], "verdicts": records}
    parsed: NotebookNode = nbformat.from_dict(made)
    return parsed


GRADES = Grades(
    "07_training",
    27,
    50,
    2.5,
    {
        "orchestration": CellGrade(15, 15),
        "zero_grad": CellGrade(0, 15),
        "convergence": CellGrade(10, 15),
        "history": CellGrade(0, 5),
        "solution_loop": CellGrade(comment="**Nice** loop"),
    },
)


@pytest.fixture
def html(notebook: NotebookNode) -> str:
    return render(notebook, GRADES)


@pytest.fixture
def page(html: str) -> Page:
    found = Page(html)
    assert found.open == [], "every element is closed"
    return found


def rows(html: str) -> list[str]:
    """The text of each row on top."""
    listed = re.search(r'<ul class="points">(.*?)</ul>', html, re.DOTALL)
    assert listed
    parts = re.findall(r"<li.*?</li>", listed[1], re.DOTALL)
    return [" ".join(re.sub(r"<[^>]*>", " ", part).split()) for part in parts]


def test_rows_stand_in_the_order_of_the_contract_with_outcome_points_and_cause(html: str) -> None:
    assert rows(html) == [
        "✓ Training loop passed 15 / 15",
        "✗ zero_grad() requirement failed 0 / 15 gradients are never cleared",
        "✗ Convergence partly passed 10 / 15 given by hand Explained by zero_grad() requirement",
        "? History not judged yet: your instructor looks at it 0 / 5",
    ]


def test_only_failures_that_no_other_explains_are_to_be_mended_first(html: str) -> None:
    listed = re.search(r'<ol class="roots">(.*?)</ol>', html, re.DOTALL)
    assert listed
    assert listed[1].count("<li>") == 1
    assert "gradients are never cleared" in listed[1] and "Where to look: train_epoch" in listed[1]
    assert '<a href="#cell-convergence">Convergence</a> too' in listed[1]


def test_points_penalty_notes_and_comments_are_there(page: Page) -> None:
    text = " ".join(page.text.split())
    assert "27 of 50 points" in text
    assert "Late submission penalty: \N{MINUS SIGN}2.5 points" in text
    assert text.count("Notes on your notebook") == 1 and "the cell 'a' was missing" in text
    assert "Comment on Your answer: solution_loop" in text and "Nice loop" in text
    assert "0.125" not in text, "the number is for nbgrader"


def test_every_link_leads_to_a_place_on_the_page(page: Page) -> None:
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [str(attributes["href"]) for attributes in page.all("a")]
    assert {link for link in links if link.startswith("#")} <= {f"#{name}" for name in ids}
    assert {f"#cell-{name}" for name in VERDICTS} <= set(links)


def test_headings_are_in_order_and_pictures_have_words(page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert [attributes["alt"] for attributes in page.all("img")] == ["a map"] * 4


def test_the_page_loads_nothing_and_runs_nothing(page: Page) -> None:
    assert not page.all("script", "iframe", "object", "embed", "form")
    assert [a["href"] for a in page.all("link")] == ["data:,"]
    assert all(str(attributes["src"]).startswith("data:") for attributes in page.all("img"))
    policy = next(a["content"] for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert str(policy).startswith("default-src 'none';")


def test_hidden_tests_and_evidence_are_left_out_unless_asked_for(notebook: NotebookNode, html: str) -> None:
    assert "secret_of_the_test" not in html and "evidence-of-the-student" not in html
    shown = render(notebook, GRADES, show_hidden_tests=True)
    assert "secret_of_the_test" in shown and "evidence-of-the-student" not in shown


def test_the_notebook_is_left_as_it_is_and_the_page_is_the_same_again(notebook: NotebookNode) -> None:
    before = copy.deepcopy(notebook)
    first, second = render(notebook, GRADES), render(notebook, GRADES)
    assert notebook == before
    assert first == second


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</div></section></main><h1>100 of 100 points</h1>",
    "<style>body{display:none}</style>",
    '<a href="javascript:alert(1)">x</a>',
    "<form action=https://example.org><button>x</button></form>",
    "<iframe src=https://example.org></iframe>",
    "<svg onload=alert(1)></svg><math><mtext><style><img src onerror=alert(1)></style></mtext></math>",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_students_write_stays_in_its_place_and_runs_nothing(notebook: NotebookNode, text: str) -> None:
    outputs = [
        new_output("display_data", data={"text/html": text}),
        new_output("display_data", data={"text/markdown": text}),
        new_output("display_data", data={"image/svg+xml": text, "text/plain": f'" onerror="{text}'}),
        new_output("display_data", data={"application/javascript": "alert(1)"}),
        new_output("stream", name="stdout", text=f"\x1b[31m{text}"),
        new_output("error", ename=text, evalue=text, traceback=[text]),
    ]
    notebook.cells += [
        new_markdown_cell(text),
        new_markdown_cell(f"a {text} b"),
        new_code_cell(text, outputs=outputs),
    ]
    notebook.cells += [solution(f'"><{text}', text)]
    found = Page(render(notebook, GRADES))
    assert found.open == []
    assert not found.all("script", "iframe", "form", "style")[1:], "the page's own style alone"
    assert len(found.all("h1")) <= 1 + 3 and found.elements[-1][0] != "h1"
    for _, attributes in found.elements:
        assert not [name for name in attributes if name.startswith("on")]
        assert not str(attributes.get("href", "")).startswith("javascript")
        assert "style" not in attributes


def test_a_notebook_that_was_not_judged_is_shown_with_its_graded_cells() -> None:
    cell = new_code_cell("assert f() == 1")
    cell.metadata["nbgrader"] = NotebookNode(grade=True, solution=False, grade_id="test_f", points=2)
    html = render(new_notebook(cells=[cell]), Grades("other", 1, 2, 0, {"test_f": CellGrade(1, 2)}))
    page = Page(html)
    assert "1 of 2 points" in " ".join(page.text.split())
    assert "#cell-test_f" in [attributes["href"] for attributes in page.all("a")]
    assert "What to mend first" not in page.text


def test_notebooks_that_were_judged_by_an_older_version_are_shown(notebook: NotebookNode) -> None:
    old = {"score": 0.0, "max": 15.0, "outcome": "failed", "cause": "never_cleared", "explained_by": None}
    notebook.metadata["graders"] = NotebookNode(verdicts={"zero_grad": old})
    assert rows(render(notebook, GRADES)) == ["✗ zero_grad failed 0 / 15"]


ODD_NOTES = [
    None,
    [],
    "x",
    {"verdicts": []},
    {"verdicts": {"zero_grad": 3}},
    {"verdicts": {"zero_grad": {"outcome": "splendid", "score": 1, "max": 1}}},
    {"verdicts": {"zero_grad": {"outcome": "passed", "score": "1", "max": None}}},
    {"repairs": 5},
]


@pytest.mark.parametrize("notes", ODD_NOTES, ids=str)
def test_metadata_of_any_kind_make_a_page(notebook: NotebookNode, notes: Any) -> None:
    notebook.metadata["graders"] = notes
    assert "Result" not in Page(render(notebook, GRADES)).text


ODD_OUTPUTS = [
    {"output_type": "stream"},
    {"output_type": "stream", "text": ["a", 3]},
    {"output_type": "error", "traceback": [None, 3]},
    {"output_type": "error"},
    {"output_type": "display_data", "data": "text"},
    {"output_type": "display_data", "data": {"image/png": 5}, "metadata": {"image/png": 5}},
    {
        "output_type": "display_data",
        "data": {"image/png": PIXEL},
        "metadata": {"image/png": {"width": float("nan")}},
    },
    {
        "output_type": "display_data",
        "data": {"image/png": PIXEL},
        "metadata": {"image/png": {"height": 1e300}},
    },
    {"output_type": "display_data", "data": {"text/html": None, "text/markdown": ["a", None]}},
    {"output_type": "display_data", "data": {"text/markdown": "![x](attachment:nowhere.png)"}},
    {"output_type": "execute_result", "data": {"text/plain": {}}},
]


@pytest.mark.parametrize("output", ODD_OUTPUTS, ids=str)
def test_outputs_of_any_kind_make_a_page(notebook: NotebookNode, output: dict[str, Any]) -> None:
    cell = new_code_cell("x")
    cell.outputs = [nbformat.from_dict(output)]
    notebook.cells.append(cell)
    assert Page(render(notebook, GRADES)).open == []


def test_a_picture_that_is_not_attached_does_not_stop_the_page(notebook: NotebookNode) -> None:
    notebook.cells.append(new_markdown_cell("![a cat](attachment:cat.png)"))
    assert "a cat" in [attributes.get("alt") for attributes in Page(render(notebook, GRADES)).all("img")]


def test_pictures_that_are_attached_to_a_cell_are_shown(notebook: NotebookNode) -> None:
    cell = new_markdown_cell("![a cat](attachment:cat.png)")
    cell["attachments"] = {"cat.png": {"image/png": PIXEL}}
    notebook.cells.append(cell)
    shown = Page(render(notebook, GRADES)).all("img")[-1]
    assert shown["alt"] == "a cat" and shown["src"] == f"data:image/png;base64,{PIXEL}"


def test_code_cells_have_the_numbers_that_messages_and_tracebacks_give_them(html: str) -> None:
    page = Page(html)
    assert page.text.count("Cell ") == 5 and "Cell 1" in page.text and "Cell 5" in page.text


def test_the_top_says_what_was_seen_where_a_run_did_not_come_to_numbers(notebook: NotebookNode) -> None:
    seen = "ValueError: <no> (cell 3, line 8, in evaluate)"
    verdict = replace(VERDICTS["zero_grad"], cause="raised", seen=seen)
    notebook.metadata["graders"]["verdicts"]["zero_grad"] = as_record(verdict)
    first = render(notebook, GRADES).partition('id="contents"')[0]
    assert f"Seen: {html_module.escape(seen)}" in first
    del notebook.metadata["graders"]["verdicts"]["zero_grad"]["seen"]
    assert "Seen:" not in render(notebook, GRADES).partition('id="contents"')[0], "of an earlier version"


def test_what_stands_in_for_an_unreadable_file_is_not_shown_as_the_students_work(
    notebook: NotebookNode,
) -> None:
    notebook.metadata["graders"]["problem"] = "07_training.ipynb is no JSON"
    next(cell for cell in notebook.cells if "def f" in cell.source).source = ""
    page = Page(render(notebook, GRADES))
    assert "could not be read, so it cannot be shown" in page.text and "is no JSON" in page.text
    for claim in ("as it was graded", "nothing was written here", "Lesson", "Cell "):
        assert claim not in page.text
    assert "Nice loop" in page.text, "a comment by hand is there all the same"
    ids = {element["id"] for element in page.all("div", "li", "section", "h2", "body") if "id" in element}
    assert {address[1:] for link in page.all("a") if (address := link["href"] or "").startswith("#")} <= ids


def test_html_with_too_many_tags_gives_way_to_the_plain_text_of_the_same_output(
    notebook: NotebookNode,
) -> None:
    data = {"text/html": "<b>" * 200_000, "text/plain": "a table in plain text"}
    notebook.cells.append(new_code_cell("show()", outputs=[new_output("display_data", data)]))
    html = render(notebook, GRADES)
    assert "a table in plain text" in html and "<b><b>" not in html
