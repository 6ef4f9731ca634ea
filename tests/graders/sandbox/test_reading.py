"""What is not the student's cannot be read: files, processes, memory, environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graders.runner import Limits, Result
from graders.sandbox.bubblewrap import scratch

Run = Callable[..., Result]
Said = Callable[[Result], Any]
TryAll = Callable[..., dict[str, str]]

READ = "read = lambda path: open(path, 'rb').read(1 << 20)"


def test_no_file_of_the_course_can_be_read(course: Any, try_all: TryAll) -> None:
    assert len(course.secrets) == 9
    found = try_all(READ, **{str(path): f"read({str(path)!r})" for path in course.secrets})
    assert set(found.values()) == {"FileNotFoundError"}


def test_the_folders_of_the_course_and_of_this_project_are_not_there(course: Any, try_all: TryAll) -> None:
    paths = [
        course.root,
        course.assignment,
        Path(__file__).parent,
        Path.cwd() / "graders",
        Path.home() / ".ssh",
    ]
    found = try_all("import os", **{str(path): f"os.listdir({str(path)!r})" for path in paths})
    assert set(found.values()) == {"FileNotFoundError"}


def test_nothing_that_can_be_found_holds_a_secret(course: Any, run: Run, said: Said) -> None:
    search = f"""
        import os
        said, wanted = [], {course.secret[:10]!r} + {course.secret[10:]!r}
        for top in ("/assignment", "/tmp", "/etc", "/runner", "/root", "/home", "/run", "/var", "/srv"):
            for folder, _, names in os.walk(top, followlinks=False):
                for name in names:
                    path = os.path.join(folder, name)
                    try:
                        if wanted.encode() in open(path, "rb").read(1 << 20): said.append(path)
                    except OSError:
                        pass
    """
    assert said(run(search)) == []


def test_of_the_machine_only_these_folders_are_visible(run: Run, said: Said) -> None:
    top = set(said(run("import os\nsaid = os.listdir('/')")))
    fixed = {"assignment", "runner", "dev", "etc", "proc", "tmp", "usr", Path(scratch()).name}
    interpreter = {
        Path(path).parts[1] for path in (sys.prefix, sys.base_prefix, os.path.realpath(sys.executable))
    }
    assert fixed <= top <= fixed | interpreter | {"bin", "sbin", "lib", "lib32", "lib64", "libx32"}


SYSTEM = (
    "/etc/shadow /etc/hostname /proc/1/environ /proc/1/mem /proc/1/maps /proc/1/fd/0 /proc/1/root/etc"
    " /proc/kcore /proc/sysrq-trigger /dev/mem /dev/kmsg /sys/kernel /run /var/log"
)


@pytest.mark.parametrize("path", SYSTEM.split())
def test_parts_of_the_system_are_closed(try_all: TryAll, path: str) -> None:
    found = try_all(
        f"import os\n{READ}", look=f"os.listdir({path!r}) if os.path.isdir({path!r}) else read({path!r})"
    )
    assert found["look"] in ("FileNotFoundError", "PermissionError")


def test_other_processes_are_not_seen(run: Run, said: Said) -> None:
    assert said(run("import os\nsaid = sorted(int(n) for n in os.listdir('/proc') if n.isdigit())"))[0] == 1
    many = "import os\nsaid = [n for n in range(1, 1 << 16) if os.path.exists(f'/proc/{n}/stat')]"
    assert len(said(run(many))) == 2  # its keeper and itself


def test_the_environment_of_this_process_is_not_inherited(course: Any, run: Run, said: Said) -> None:
    assert os.environ["GRADERS_TEST_SECRET"] == course.secret
    names = said(run("import os\nsaid = [f'{k}={v}' for k, v in os.environ.items()]"))
    assert not [text for text in names if course.secret in text or str(course.root) in text]


def test_no_descriptor_but_its_own_pipes_is_open(run: Run, said: Said) -> None:
    look = """
        import os
        said = {}
        for number in os.listdir('/proc/self/fd'):
            try: said[number] = os.readlink(f'/proc/self/fd/{number}').partition(':')[0]
            except FileNotFoundError: pass
    """
    found = said(run(look))
    assert found.pop("0") == "/dev/null" and len(found) == 4
    assert set(found.values()) == {"pipe"}


SCAN = """
wanted, said = {first!r}.encode() + {second!r}.encode(), 0
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
    for line in maps:
        area, rights, *_ = line.split()
        low, high = (int(number, 16) for number in area.split("-"))
        if rights.startswith("r") and not line.rstrip().endswith(("[vvar]", "[vsyscall]", "[vvar_vclock]")):
            memory.seek(low)
            try: content = memory.read(high - low)
            except OSError: continue
            said += content.count(wanted)
            del content
"""


def test_nothing_of_an_earlier_job_is_left_in_memory(run: Run, said: Said) -> None:
    roomy = Limits(memory_bytes=2 << 30)
    used, never = (SCAN.format(first=os.urandom(12).hex(), second=os.urandom(12).hex()) for _ in range(2))
    itself = said(run(never, roomy))  # the search holds what it looks for
    first, second = (line for line in used.split("\n")[1].split("'")[1::2])
    assert said(run(f"kept = {first + second!r}\n{used}", roomy)) > itself
    assert said(run(used, roomy)) == itself


def test_the_instructors_notebook_is_missing_and_everything_else_is_there(run: Run, said: Said) -> None:
    look = """
        import os
        said = sorted(os.path.relpath(os.path.join(folder, name), "/assignment")
                      for folder, _, names in os.walk("/assignment") for name in names)
    """
    wanted = ["data/deep/test.csv", "data/train.csv", "large.bin", "notes.txt"]
    assert said(run(look)) == [*wanted, "tinystack/__init__.py", "tinystack/lab.py"]


def test_a_notebook_saved_while_jobs_run_does_not_appear(course: Any, run: Run, said: Said) -> None:
    new = course.assignment / "saved.ipynb"
    new.write_text(course.secret)
    try:
        assert "saved.ipynb" not in said(run("import os\nsaid = os.listdir('/assignment')"))
    finally:
        new.unlink()


def test_the_project_cannot_be_imported(try_all: TryAll) -> None:
    assert try_all(graders="__import__('graders')") == {"graders": "ModuleNotFoundError"}
