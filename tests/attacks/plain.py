"""Tries the attacks on nbgrader as it comes, each in a sandbox of its own, and writes down what they came to.

Usage: python -m tests.attacks.plain [NAME...]

What is found is kept in plain_nbgrader.json. Attacks that could harm the machine even so are not tried; their
files say why.
"""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from importlib.metadata import version
from pathlib import Path

from tests.attacks.attack import ASSIGNMENT, BASES, NOTEBOOK, Attack, attacks
from tests.attacks.canaries import Canaries
from tests.attacks.plain_cells import CELLS, SETTING
from tests.attacks.rig import Outcome, Rig
from tests.attacks.traces import adopt_orphans, descendants

REPOSITORY = Path(__file__).resolve().parents[2]
RESULTS = Path(__file__).with_name("plain_nbgrader.json")
STAMP = "plain"
ATTACK_SECONDS = 90
CELL_SECONDS = 10
AT_A_TIME = 2
MAX_MEMORY = 4 << 30
HIDDEN = re.compile(r"(### BEGIN HIDDEN TESTS\n).*?(### END HIDDEN TESTS)", re.DOTALL)

CONFIG = f"""
from pathlib import Path
c = get_config()
c.CourseDirectory.course_id = "training"
c.CourseDirectory.root = str(Path(__file__).parent)
c.ClearSolutions.code_stub = {{"python": "# YOUR CODE HERE\\nraise NotImplementedError()"}}
c.Execute.timeout = {CELL_SECONDS}
"""


class PlainRig(Rig):
    """A course for nbgrader alone: its tests are asserts, and its configuration nbgrader's own."""

    def configure(self, repository: Path) -> None:
        """Write a configuration without plug-ins; put asserts in place of the hidden tests."""
        (self.course / "nbgrader_config.py").write_text(CONFIG)
        path = self.course / "source" / ASSIGNMENT / NOTEBOOK
        source = json.loads(path.read_text("utf-8"))
        for cell in source["cells"]:
            name = cell["metadata"].get("nbgrader", {}).get("grade_id")
            if name in CELLS:
                text = HIDDEN.sub(
                    lambda found, name=name: found[1] + SETTING + CELLS[name] + found[2],
                    "".join(cell["source"]),
                )
                cell["source"] = text
        path.write_text(json.dumps(source))

    def most(self, attack: Attack) -> float:
        """Return the points of the base: here, no part of the evidence is lost by tampering with it."""
        return self.points(attack.base)[0] or 0.0

    def nbgrader(self, *arguments: str) -> int | None:
        """Run one of nbgrader's commands; return its exit code, None if it has not ended in time."""
        command = [sys.executable, "-m", "nbgrader", *arguments]
        nothing = subprocess.DEVNULL  # a pipe would be waited for as long as a process that was left has it
        try:
            done = subprocess.run(
                command,
                cwd=self.course,
                env=self.environment(),
                stdin=nothing,
                stdout=nothing,
                stderr=nothing,
                timeout=ATTACK_SECONDS - 20,
            )
        except subprocess.TimeoutExpired:
            return None
        return done.returncode

    def autograde(self, student: str) -> None:
        """Autograde one student, whatever comes of it."""
        self.nbgrader("autograde", ASSIGNMENT, "--student", student, "--create", "--force")


def make_template(root: Path) -> None:
    """Make a course that is released, with the honest students graded."""
    with Canaries(STAMP) as canaries:
        rig = PlainRig(root, canaries)
        rig.lay_out(REPOSITORY)
        rig.honest()
        assert rig.nbgrader("generate_assignment", ASSIGNMENT) == 0
        for name in BASES:
            rig.autograde(name)
        print({name: rig.points(name) for name in BASES}, flush=True)


def attempt(attack: Attack, root: Path) -> Outcome:
    """Make an attack on a copy of the template, and look at what it came to. To be called in a sandbox."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    adopt_orphans()
    with Canaries(STAMP) as canaries:
        rig = PlainRig(root, canaries)
        rig.hand_in(attack)
        before, honest = rig.files(), {name: rig.points(name) for name in BASES}
        own = set(descendants())
        rig.autograde(attack.student)
        outcome = rig.result(attack)
        shown = {name: canaries.found_in(outputs(rig, name)) for name in (*BASES, attack.student)}
        if read := shown[attack.student] - set().union(*(shown[name] for name in BASES)):
            outcome.failures.append(f"was read: {', '.join(sorted(read))}")
        if changed := [name for name in BASES if rig.points(name) != honest[name]]:
            outcome.failures.append(f"other points of {', '.join(changed)}")
        after = rig.files()
        if files := [name for name in {**before, **after} if before.get(name) != after.get(name)]:
            outcome.failures.append(f"changed: {', '.join(sorted(files)[:3])}")
        if canaries.connections:
            outcome.failures.append("a port was reached")
        if rig.marks() or set(descendants()) - own:
            outcome.failures.append("something was left on the machine")
    return outcome


def outputs(rig: Rig, student: str) -> str:
    """Return what a student's cells have shown."""
    path = rig.course / "autograded" / student / ASSIGNMENT / NOTEBOOK
    cells = rig.notebook(student)["cells"] if path.is_file() else []
    return json.dumps([cell.get("outputs", []) for cell in cells])


def in_sandbox(attack: Attack, template: Path) -> list[str]:
    """Make an attack in a sandbox: a read-only machine, folders in memory, no network, own processes."""
    command = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    for folder in ("/tmp", "/var/tmp", "/dev/shm", "/run"):
        command += ["--tmpfs", folder]
    command += [
        "--ro-bind",
        str(template),
        "/tmp/template",
        "--unshare-pid",
        "--unshare-net",
        "--unshare-ipc",
    ]
    command += ["--cap-drop", "ALL", "--die-with-parent", "--new-session", "--chdir", str(REPOSITORY)]
    command += [sys.executable, "-B", "-m", "tests.attacks.plain", "--inside", attack.name]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=ATTACK_SECONDS)
    except subprocess.TimeoutExpired:
        return [f"no end after {ATTACK_SECONDS} s"]
    lines = done.stdout.splitlines()
    found: list[str] = json.loads(lines[-1]) if done.returncode == 0 and lines else ["the grader ended"]
    return found


def inside(name: str) -> None:
    """Make one attack here; print its failures as JSON."""
    root = Path("/tmp/attack")
    shutil.copytree("/tmp/template", root, symlinks=True)
    os.umask(0o022)
    attack = next(one for one in attacks() if one.name == name)
    print(json.dumps(attempt(attack, root).failures))


def main(names: list[str]) -> None:
    """Try attacks, those named or all, and write down what they came to."""
    known = json.loads(RESULTS.read_text("utf-8")) if RESULTS.is_file() and names else {}
    found: dict[str, list[str] | None] = dict(known.get("attacks", {}))
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "template"
        make_template(template)
        chosen = [attack for attack in attacks() if not names or attack.name in names]
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            for attack, result in zip(chosen, pool.map(partial(tried, template), chosen), strict=True):
                found[attack.name] = result
                print(attack.name, result, flush=True)
                write(found)


def tried(template: Path, attack: Attack) -> list[str] | None:
    """Try an attack; return None if it could harm the machine."""
    return None if "plain" in attack.fields else in_sandbox(attack, template)


def write(found: dict[str, list[str] | None]) -> None:
    """Write results down, with the version that they are of, and the date."""
    record = {"nbgrader": version("nbgrader"), "date": date.today().isoformat(), "attacks": found}
    RESULTS.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    inside(sys.argv[2]) if sys.argv[1:2] == ["--inside"] else main(sys.argv[1:])
