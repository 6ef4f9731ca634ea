"""graders/messages.md holds every message that a student can see, and is up to date.

After a change of words: `UPDATE_MESSAGES=1 pytest tests/messages`, then read what changed in git. Messages
of the hidden tests come from the audit's snapshot, so that `graders audit --update-snapshot` goes first.
"""

from __future__ import annotations

import copy
import importlib.util
import itertools
import json
import linecache
import os
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode

from graders.audit import snapshot
from graders.course import Course
from graders.criteria import COMMON_CAUSES, CRITERIA
from graders.evidence import Evidence, PartEvidence, StudentError
from graders.execution import OUT_OF_LIMITS, SUBJECT, _stopped, what_stopped
from graders.intake import collect_into, notes_of
from graders.judgement import Observed, judge, observe
from graders.library import Chaff, chaffs
from graders.messages import details, headline
from graders.repair import repair
from graders.runner import Limits
from graders.runner.state import OUT_OF_TIME
from graders.submission import SubmissionError, parse_notebook, read_text
from graders.troubles import CodeCell, Kind, Place, Trouble, of_error
from graders.verdict import Outcome, Verdict
from tinystack.lab.time_limit import time_limit
from tinystack.selfcheck import checks, running
from tinystack.selfcheck.points import POINTS
from tinystack.selfcheck.report import Result

# some known bugs leave files open, which is noticed whenever Python collects garbage
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

PINNED = Path(__file__).parents[2] / "graders" / "messages.md"
UPDATE = "UPDATE_MESSAGES"

HEAD = f"""# Every message that a student can see

Made by `tests/messages/test_messages.py`. After a change of words run `{UPDATE}=1 pytest tests/messages`.
Numbers are those of the audit's own draws, rounded. A student's differ.
"""


@dataclass(frozen=True)
class Message:
    """A message, in the words that a student reads. more: further lines."""

    name: str
    seen: str
    expected: str
    cause: str
    look: str
    more: tuple[str, ...] = field(default_factory=tuple)

    def lines(self) -> list[str]:
        pairs = (("Seen", self.seen), ("Expected", self.expected), ("Cause", self.cause), ("Look", self.look))
        return [f"### {self.name}", "", *(f"- {label}: {text}" for label, text in pairs), *self.more, ""]


# What the hidden tests say.


def of_hidden_tests(library: Sequence[Chaff]) -> Iterator[Message]:
    """Every cause of every point, with the numbers of the first known bug that has it, and the remedies."""
    pinned = snapshot.read()["messages"]
    for point, criterion in CRITERIA.items():
        for name, cause in criterion.causes.items():
            told = _told(pinned.get(f"{point}: {name}", []))
            remedies = {
                chaff.remedy: chaff for chaff in library if (chaff.point, chaff.cause) == (point, name)
            }
            yield Message(
                f"{point}: {name}",
                told.get("Seen", NO_KNOWN_BUG),
                told.get("Expected", NO_KNOWN_BUG),
                cause.bug,
                cause.look,
                tuple(f"- Remedy ({c.path.stem}): {remedy}" for remedy, c in remedies.items()),
            )


NO_KNOWN_BUG = "by the numbers of the part; no known bug comes to this cause first"


def _told(lines: Sequence[str]) -> dict[str, str]:
    """The labelled lines of a message in the snapshot."""
    pairs = (line.strip().partition(": ") for line in lines[2:])
    return {label: text for label, _, text in pairs}


# What any hidden test says when there is nothing to compare.

POINT = "zero_grad"
CHECK = CRITERIA[POINT].checks[0].part

ERRORS = {
    "not_defined": StudentError("NameError", "name 'Trainer' is not defined", ""),
    "not_callable": StudentError("TypeError", "'NoneType' object is not callable", ""),
    "unfinished": StudentError("NotImplementedError", "", "line 4, in train_epoch"),
    "raised": StudentError("ValueError", "shapes do not fit", "line 9, in train_epoch"),
    "out_of_time": StudentError(
        "OutOfTime", "not finished after 2 seconds of computing", "line 9, in train_epoch"
    ),
    "flood": StudentError("TooManyUpdates", "more than 400 updates for a handful of batches", ""),
}


TRAINER = "class Trainer:\n    pass"
STOPPED = {how: Trouble(Kind(how), what_stopped(how, "signal 9", Limits())) for how in ("timed_out", "died")}

BEFORE_THE_TEST = {
    "not_defined, after an error": CodeCell(TRAINER, 8, True, of_error("TypeError", "no", Place(2, 5))),
    "not_defined, as its cell did not end": CodeCell(TRAINER, 8, True, STOPPED["timed_out"]),
    "not_defined, as its cell ended the process": CodeCell(TRAINER, 8, True, STOPPED["died"]),
    "not_defined, as half of it is written": CodeCell(
        TRAINER, 8, True, of_error("NotImplementedError", "", None)
    ),
    "not_defined, as nothing is written": CodeCell("", 8, True),
    "not_defined, as its cell's magic keeps nothing": CodeCell(f"%%timeit\n{TRAINER}", 8, True),
    "not_defined, as it was removed": CodeCell(f"{TRAINER}\n%reset -f", 8, True),
    "not_defined, as its cell is below": CodeCell(TRAINER, 22, below=True),
}
"""What an earlier cell can be that is behind a missing name."""


def _not_defined() -> Evidence:
    return Evidence(POINT, None, {CHECK: PartEvidence(CHECK, ERRORS["not_defined"], {})})


def of_errors() -> Iterator[Message]:
    """Causes that any point can have, each brought about by what the grader was given."""
    nothing = PartEvidence(CHECK, None, {})
    given = {
        **{
            name: Observed(Evidence(POINT, None, {CHECK: PartEvidence(CHECK, error, {})}))
            for name, error in ERRORS.items()
        },
        "wrong_type": Observed(Evidence(POINT, None, {CHECK: nothing})),
        "no_evidence": Observed(missing=("no_evidence", "the hidden test left no observations")),
        "no_evidence, after an error": Observed(
            missing=("no_evidence", "the hidden test left no observations"),
            cells=[CodeCell("x", 3, trouble=of_error("KeyError", "'x'", Place(2, 3)))],
        ),
        "ended": Observed(missing=("ended", f"Died: {SUBJECT}{what_stopped('died', 'signal 9', Limits())}")),
        **{name: Observed(_not_defined(), [cell]) for name, cell in BEFORE_THE_TEST.items()},
        "unreadable": Observed(missing=("unreadable", "07_training.ipynb is no JSON")),
        "tampering: two": observe(["{}", "{}"], POINT),
        "tampering: malformed": observe(["{"], POINT),
        "not judged": Observed(fault="the grader failed: RunnerError: the reference could not be run"),
    }
    truth = {POINT: Evidence(POINT, None, {CHECK: nothing})}
    for name, observed in given.items():
        yield _of_verdict(name, judge({POINT: observed}, truth, {POINT: 15.0})[POINT])


def _of_verdict(name: str, verdict: Verdict) -> Message:
    told = dict(details(verdict, {}))
    rest = f"- Headline: {headline(verdict)}"
    judged = verdict.outcome is not Outcome.NOT_JUDGED
    return Message(
        name,
        told["Seen"],
        told.get("Expected", "to be judged at all"),
        told["Likely cause"],
        told.get("Where to look", "nothing to do for the student: the instructor is told"),
        () if judged else (rest,),
    )


# What is said of a notebook that is not as it was handed out.


def of_notebooks(lesson: NotebookNode, folder: Path) -> Iterator[Message]:
    """Notes on a notebook, from what was done to it; and what is said of a file that cannot be read."""
    frame = lesson
    tests = [cell for cell in frame.cells if cell.metadata.get("nbgrader", {}).get("grade")]
    solutions = [cell for cell in frame.cells if cell.metadata.get("nbgrader", {}).get("solution")]

    def without(name: str) -> NotebookNode:
        return NotebookNode({**frame, "cells": [c for c in frame.cells if c.id != name]})

    def changed(name: str, **change: Any) -> NotebookNode:
        made = copy.deepcopy(frame)
        for cell in made.cells:
            if cell.id == name:
                cell.source = change.get("source", cell.source)
                cell.metadata.nbgrader.update(change.get("marks", {}))
        return made

    def repeated(cell: NotebookNode) -> NotebookNode:
        return NotebookNode({**frame, "cells": [*frame.cells, cell]})

    done = {
        "a test cell was deleted": (without(tests[0].id), "the test comes from the instructor's notebook"),
        "a solution cell was deleted": (without(solutions[0].id), "write the piece in a cell again"),
        "a test cell was changed": (changed(tests[0].id, source="pass"), "change solution cells only"),
        "points were changed": (changed(tests[0].id, marks={"points": 99}), "leave cells' metadata alone"),
        "a test cell was copied": (repeated(tests[0]), "keep each test cell once"),
        "a solution cell was copied": (repeated(solutions[0]), "keep one of the two"),
        "cells were moved": (
            NotebookNode({**frame, "cells": frame.cells[::-1]}),
            "keep the order of the lesson",
        ),
    }
    for cause, (notebook, look) in done.items():
        (first, *_) = repair(notebook, frame).repairs
        yield Message(
            f"note: {cause}", first, "each cell as it was handed out, once and in order", cause, look
        )
    for cause, error in _unreadable(folder):
        seen = error.replace(f"{folder}/", "")
        yield Message(
            f"unreadable: {cause}",
            seen,
            "a notebook as Jupyter saves it",
            cause,
            "the remedy in the sentence",
        )


def _unreadable(folder: Path) -> Iterator[tuple[str, str]]:
    path = folder / "07_training.ipynb"
    texts = {
        "it was cut short": '{"cells": [',
        "it is another JSON file": "[1, 2]",
        "its cells are no list": '{"cells": 3}',
    }
    for cause, text in texts.items():
        with pytest.raises(SubmissionError) as error:
            parse_notebook(text, path)
        yield cause, str(error.value)
    path.write_bytes(b"\xff\xfe\x00")
    for cause, place in {"it is no text": path, "it was not handed in": folder / "missing.ipynb"}.items():
        with pytest.raises(SubmissionError) as error:
            read_text(place)
        yield cause, str(error.value)


def of_collecting(repository: Path, folder: Path) -> Iterator[Message]:
    """Notes that collecting makes on what was handed in, from a folder with a student for each."""
    root, inbox = folder / "course", folder / "inbox"
    root.mkdir()
    (root / "source").symlink_to(repository / "source")
    shutil.copy(repository / "nbgrader_config.py", root)
    notebook = (repository / "release" / NAME / f"{NAME}.ipynb").read_bytes()
    handed_in = {
        "the notebook has another name": {"mine.ipynb": notebook},
        "there are several notebooks": {f"{NAME}.ipynb": notebook, "copy.ipynb": notebook},
        "there is no notebook": {"answer.txt": b"done"},
        "it is another notebook": {"other.ipynb": json.dumps(nbformat.v4.new_notebook()).encode()},
        "a zip file is broken": {"work.zip": b"PK\x03\x04 cut short"},
        "two names differ in case alone": {f"{NAME}.ipynb": notebook, "a.txt": b"1", "A.txt": b"2"},
    }
    for student, files in zip("abcdef", handed_in.values(), strict=True):
        for name, content in files.items():
            path = inbox / f"{student}{student}" / NAME / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    course = Course(root)
    collect_into(course, course.assignment(NAME), inbox)
    for student, cause in zip("abcdef", handed_in, strict=True):
        for note in notes_of(course, NAME, student * 2):
            yield Message(
                f"note: {cause}", note, f"one notebook, {NAME}.ipynb", cause, "the files that you handed in"
            )


NAME = "07_training"


def of_limits() -> Iterator[Message]:
    """What a cell shows that was ended from outside."""
    for how, text in (
        ("timed_out", ""),
        ("timed_out", OUT_OF_TIME),
        ("died", "signal 9"),
        ("not_reached", ""),
    ):
        seen = _stopped(how, text, Limits())["evalue"]
        kind = f"{OUT_OF_LIMITS[how]}{', the whole notebook' if text == OUT_OF_TIME else ''}"
        yield Message(
            f"cell: {kind}",
            seen,
            "every cell comes to its end",
            kind,
            "the remedy in the sentence, and this cell",
        )


# What the self-check says.

PIECES = {
    "scheduling": ("cosine_schedule", "CosineSchedule"),
    "clipping": ("clip_function", "clip_grad_norm"),
}


def of_self_checks(library: Sequence[Chaff]) -> Iterator[Message]:
    """Each sentence that a known bug of a check's own point brings about."""
    told: dict[tuple[str, str], Message] = {}
    for chaff in library:
        module = _load(chaff)
        pairs = [(chaff.point, module.Trainer)]
        if chaff.point in PIECES:
            piece, name = PIECES[chaff.point]
            pairs.append((piece, getattr(module, name)))
        for check, thing in pairs:
            result = running.run(check, getattr(checks, check), thing)
            if not result.passed:
                told.setdefault((check, _shape(result)), _of_result(result))
    yield from told.values()
    yield from map(_of_result, _of_broken_trainers())


FOLDER = re.compile(r"'[^']*tinystack-[^/']+")
"""A check's own folder, which has another name each time."""


def _shape(result: Result) -> str:
    """A sentence without its numbers."""
    return snapshot.NUMBER.sub("N", str(result.finding.bug))


def _of_result(result: Result) -> Message:
    finding = result.finding
    told = (finding.saw, finding.expected, str(finding.bug), finding.look)
    texts = [FOLDER.sub("'FOLDER", snapshot.rounded(text)) for text in told]
    return Message(f"self-check {result.point.name}: {_shape(result)}", *texts)


def _load(chaff: Chaff) -> Any:
    name = "_messages_" + chaff.name.replace("/", "_")
    spec = importlib.util.spec_from_file_location(name, chaff.path)
    assert spec is not None and spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BROKEN = """
class Kept:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer = model, optimizer

class Unwritten(Kept):
    def train_epoch(self, dataloader, accumulation_steps=1):
        raise NotImplementedError()

class OtherSignature(Kept):
    def train_epoch(self, dataloader, other):
        return 0.0

class Endless(Kept):
    def train_epoch(self, dataloader, accumulation_steps=1):
        while True: pass

class Undefined(Kept):
    def train_epoch(self, dataloader, accumulation_steps=1):
        return total_loss / 5

class Misspelt(Kept):
    def train_epoch(self, dataloader, accumulation_steps=1):
        return self.optimiser.lr
"""
"""Trainers that are not finished, or stop with an error."""


def _of_broken_trainers() -> Iterator[Result]:
    namespace: dict[str, Any] = {"__name__": "student"}
    linecache.cache["student.py"] = (len(BROKEN), None, BROKEN.splitlines(True), "student.py")
    exec(compile(BROKEN, "student.py", "exec"), namespace)
    trainers = [thing for thing in namespace.values() if isinstance(thing, type)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "time_limit", lambda: time_limit(0.1))  # one of them has no end
        for trainer in (None, object, *trainers):
            yield running.run(POINT, checks.zero_grad, trainer)
    yield running.run("clip_function", checks.clip_function, None)


# The file.


def page(sections: dict[str, Sequence[Message]]) -> str:
    parts = [HEAD]
    for title, messages in sections.items():
        parts += [f"## {title}\n", *("\n".join(message.lines()) for message in messages)]
    return "\n".join(parts)


@pytest.fixture(scope="module")
def sections(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Sequence[Message]]:
    """All messages."""
    library = chaffs()
    lesson = nbformat.read(repository / "source" / "07_training" / "07_training.ipynb", as_version=4)
    return {
        "Hidden tests, by point and cause": list(of_hidden_tests(library)),
        "Hidden tests that could not look at numbers": list(of_errors()),
        "Cells that were ended": list(of_limits()),
        "Files that were not as asked for": list(
            of_collecting(repository, tmp_path_factory.mktemp("collected"))
        ),
        "Notebooks that were not as handed out": list(of_notebooks(lesson, tmp_path_factory.mktemp("files"))),
        "Self-checks in the notebook": list(of_self_checks(library)),
    }


@pytest.mark.filterwarnings("ignore")
def test_the_pinned_file_is_up_to_date(sections: dict[str, Sequence[Message]]) -> None:
    fresh = page(sections)
    if UPDATE in os.environ:
        PINNED.write_text(fresh, "utf-8")
    pinned = PINNED.read_text("utf-8")
    old, new = pinned.splitlines(), fresh.splitlines()
    differences = [f"{a!r}, now {b!r}" for a, b in itertools.zip_longest(old, new) if a != b]
    assert not differences, f"run {UPDATE}=1 pytest tests/messages, and read what changed: {differences[:3]}"


def test_every_message_says_seen_expected_cause_and_where_to_look(
    sections: dict[str, Sequence[Message]],
) -> None:
    for message in itertools.chain.from_iterable(sections.values()):
        for text in (message.seen, message.expected, message.cause, message.look):
            assert text.strip(), message.name


def test_every_cause_and_every_remedy_is_there(sections: dict[str, Sequence[Message]]) -> None:
    named = {message.name for message in itertools.chain.from_iterable(sections.values())}
    assert {f"{point}: {cause}" for point, c in CRITERIA.items() for cause in c.causes} <= named
    assert {name for name in COMMON_CAUSES if name not in ("tampering", "nothing_happens")} <= named
    pinned = PINNED.read_text("utf-8")
    assert not [
        chaff.name
        for chaff in chaffs()
        if chaff.cause in CRITERIA[chaff.point].causes and chaff.remedy not in pinned
    ]


def test_every_check_of_the_notebook_has_a_message(sections: dict[str, Sequence[Message]]) -> None:
    named = {message.name.partition(":")[0] for message in sections["Self-checks in the notebook"]}
    assert named == {f"self-check {name}" for name in POINTS}
