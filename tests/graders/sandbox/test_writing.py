"""Nothing can be written but the job's own scratch, and nothing of that is left for the next job."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest

from graders.runner import Limits, Result
from graders.runner.inside.folders import write_files
from graders.sandbox.bubblewrap import scratch

Run = Callable[..., Result]
Said = Callable[[Result], Any]
TryAll = Callable[..., dict[str, str]]

CLOSED = {"PermissionError", "OSError", "FileNotFoundError"}
"""Errors of what may not be written; OSError is a file system that is read-only."""

MIB = 1024**2

SCRATCH = scratch()


OUTSIDE = (
    "/assignment/new /assignment/tinystack/lab.py /assignment/notes.txt /runner/zygote.py"
    " /runner/inside/child.py /new /etc/passwd /etc/new /dev/new /usr/bin/python3 /usr/lib/new /srv/new"
    " /proc/sys/kernel/core_pattern /proc/1/oom_score_adj /proc/self/uid_map /proc/sysrq-trigger"
    " /proc/sys/user/max_user_namespaces tinystack/new.py"
)


@pytest.mark.parametrize("path", [*OUTSIDE.split(), numpy.__file__, sys.executable])
def test_what_is_outside_of_scratch_cannot_be_written(try_all: TryAll, path: str) -> None:
    found = try_all(
        "import os, shutil, pathlib",
        write=f"open({path!r}, 'r+b' if os.path.exists({path!r}) else 'wb', 0).write(b'1')",
        append=f"open({path!r}, 'ab', 0).write(b'1')",
        replace=f"os.replace('notes.txt', {path!r})",
        remove=f"os.remove({path!r})",
        chmod=f"os.chmod({path!r}, 0o777)",
        link=f"os.symlink('{SCRATCH}', {path!r})",
        folder=f"os.mkdir({path!r})",
    )
    assert set(found.values()) <= CLOSED | {"FileExistsError"}, found


def test_the_next_job_finds_nothing_of_the_last(run: Run, said: Said) -> None:
    own = [SCRATCH, *(f"{SCRATCH}/{name}" for name in ("work", "home", "tmp", "shm"))]
    places = [*own, "/dev/shm"]
    leave = f"""
        import os
        from multiprocessing import shared_memory
        for folder in {places}: open(folder + "/left", "w").write("1")
        memory = shared_memory.SharedMemory("left_memory", create=True, size=100)
        said = [name for folder in {places} for name in os.listdir(folder) if name.startswith("left")]
    """
    assert len(said(run(leave))) == len(places) + 2  # one of ours is /dev/shm
    look = f"import os\nsaid = [n for folder in {places} for n in os.listdir(folder) if n.startswith('left')]"
    assert said(run(look)) == []


def test_changes_of_copied_files_are_the_jobs_own(course: Any, run: Run, said: Said) -> None:
    assert said(run("open('notes.txt', 'w').write('mine')\nsaid = open('notes.txt').read()")) == "mine"
    assert said(run("said = open('notes.txt').read()")) == "from the instructor\n"
    assert (course.assignment / "notes.txt").read_text() == "from the instructor\n"


def test_nothing_appears_on_the_machine(run: Run, tmp_path: Path) -> None:
    mark = f"left-{os.urandom(8).hex()}"
    run(f"for folder in ('{SCRATCH}', '/dev/shm', '.'): open(folder + '/{mark}', 'w').write('1')")
    for folder in (Path("/tmp"), Path("/dev/shm"), Path.cwd(), tmp_path):
        assert not (folder / mark).exists()


def test_a_full_scratch_is_an_error_of_the_job_alone(run: Run, said: Said) -> None:
    fill = """
        import os
        said = 0
        try:
            for number in range(100):
                with open(f"{os.environ['TMPDIR']}/{number}", "wb", 0) as file:
                    for _ in range(8): said += file.write(bytes(1 << 20))
        except OSError as error:
            said = [said, error.errno]
    """
    written, number = said(run(fill, Limits(scratch_bytes=16 * MIB)))
    assert 8 * MIB <= written <= 16 * MIB and number == 28


def test_a_large_file_is_refused(run: Run, said: Said) -> None:
    grow = "try: said = open('big', 'wb', 0).truncate(1 << 40)\nexcept OSError as error: said = error.errno"
    assert said(run(grow)) == 27


def test_files_without_end_are_refused(run: Run, said: Said) -> None:
    many = """
        import os
        said = None
        try:
            for number in range(100_000): os.mkdir(f"{os.environ['TMPDIR']}/{number}")
        except OSError as error: said = error.errno
    """
    assert said(run(many)) == 28


def test_the_files_of_a_submission_are_in_the_working_directory(run: Run, said: Said) -> None:
    files = (("model.txt", b"mine"), ("own/deep/more.txt", b"more"), ("data/mine.csv", b"5,6"))
    look = """
        said = [open(name).read() for name in
                ("model.txt", "own/deep/more.txt", "data/mine.csv", "data/train.csv", "data/deep/test.csv")]
    """
    assert said(run(look, files=files)) == ["mine", "more", "5,6", "1,2\n", "3,4\n"]


@pytest.mark.parametrize(
    "name", ["notes.txt", "large.bin", "tinystack/lab.py", "data/train.csv", "data/deep/test.csv", "data"]
)
def test_a_file_never_replaces_the_assignments(run: Run, said: Said, name: str) -> None:
    look = """
        import os
        said = [os.path.getsize("large.bin"), open("tinystack/lab.py").read().count("emit"),
                open("notes.txt").read(), open("data/train.csv").read(), open("data/deep/test.csv").read()]
    """
    result = run(look, files=((name, b"evil"),))
    assert said(result) == [2 * MIB, 1, "from the instructor\n", "1,2\n", "3,4\n"]
    assert "was not put into the working directory" in result.output


@pytest.mark.parametrize(
    "name",
    ["../x", "/etc/x", "", ".", "..", "a/../../x", "linked/x", "file/x", "nul\0", "x" * 300, "a/" * 3000],
)
def test_a_path_that_leads_elsewhere_is_left_out(tmp_path: Path, name: str) -> None:
    folder, outside = tmp_path / "work", tmp_path / "outside"
    for new in (folder, outside):
        new.mkdir()
    (outside / "file").write_text("kept")
    (folder / "linked").symlink_to(outside / "file")
    (folder / "file").write_text("kept")
    left_out = write_files(str(folder), [(name, b"evil"), ("good", b"good")])
    assert [path for path, _ in left_out] == [name] and left_out[0][1]
    assert (folder / "good").read_bytes() == b"good" and not (tmp_path / "x").exists()
    assert [path.read_text() for path in (outside / "file", folder / "file")] == ["kept", "kept"]
