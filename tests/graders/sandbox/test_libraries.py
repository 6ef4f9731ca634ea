"""Of the place that an interpreter lies in, a sandbox sees what is the interpreter's, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from graders.sandbox import libraries

PROGRAM = """
import json, sys
found = {}
for path in sys.argv[1:]:
    try:
        found[path] = open(path).read()
    except OSError as error:
        found[path] = type(error).__name__
print(json.dumps({"prefix": sys.prefix, **found}))
"""

START = """
import subprocess, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from graders.sandbox import bubblewrap
folder = Path(sys.argv[2])
command = bubblewrap.command(folder / "program.py", folder / "assignment", folder / "copies")
done = subprocess.run([*command, *sys.argv[3:]], env=bubblewrap.environment(), capture_output=True, text=True)
print(done.stdout or done.stderr)
"""

Look = Callable[[Path, list[Path]], dict[str, str]]


@pytest.fixture
def look(tmp_path: Path, repository: Path) -> Look:
    """Let an interpreter start its sandbox, and say what files hold for a program in there."""
    for name in ("assignment", "copies", "inside"):
        (tmp_path / name).mkdir()
    (tmp_path / "program.py").write_text(PROGRAM)

    def start(python: Path, paths: list[Path]) -> dict[str, str]:
        command = [python, "-c", START, repository, tmp_path, *paths]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found: dict[str, str] = json.loads(done.stdout)
        return found

    return start


def environment(python: Path, folder: Path) -> Path:
    """Make a virtual environment; return its interpreter."""
    subprocess.run([python, "-m", "venv", "--without-pip", folder], check=True)
    return folder / "bin" / "python"


def test_a_home_with_a_link_to_the_interpreter_is_not_seen(tmp_path: Path, look: Look) -> None:
    home = tmp_path / "home"
    secrets = [home / ".ssh" / "id", home / "bin" / "key", home / "lib" / "notes"]
    for secret in secrets:
        secret.parent.mkdir(parents=True)
        secret.write_text("of nobody's business")
    (home / "bin" / "python3").symlink_to(os.path.realpath(sys.executable))
    python = environment(home / "bin" / "python3", tmp_path / "environment")
    found = look(python, secrets)
    assert found.pop("prefix") == str(tmp_path / "environment")
    assert set(found.values()) == {"FileNotFoundError"}


def test_a_course_that_is_an_environment_is_not_seen(tmp_path: Path, look: Look) -> None:
    course = tmp_path / "course"
    secrets = [course / "gradebook.db", course / "source" / "hw.ipynb", course / ".graders" / "secret"]
    for secret in secrets:
        secret.parent.mkdir(parents=True, exist_ok=True)
        secret.write_text("of nobody's business")
    found = look(environment(Path(sys.executable), course), secrets)
    assert found.pop("prefix") == str(course)
    assert set(found.values()) == {"FileNotFoundError"}


def test_links_on_the_way_to_the_interpreter_are_made_anew_outside_of_its_own_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = os.path.realpath(sys.executable)
    (tmp_path / "first").symlink_to("second")
    (tmp_path / "second").symlink_to(program)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "first"))
    own = [link for link in libraries.links(libraries.visible()) if link[1].parent != Path("/")]
    assert own == [("second", tmp_path / "first"), (program, tmp_path / "second")]
    assert not any(tmp_path.is_relative_to(path) for path in libraries.visible())
    monkeypatch.setattr(sys, "executable", program)
    assert all(path.parent == Path("/") for _, path in libraries.links(libraries.visible()))
