"""What the doctor finds on a machine: each fault, put there by hand."""

from __future__ import annotations

import os
import shutil
import time
from collections import namedtuple
from collections.abc import Iterable
from pathlib import Path

import pytest

from graders.course import Course
from graders.doctor import leftovers, machine
from graders.doctor.examination import examine
from graders.doctor.findings import Finding, Level
from graders.sandbox import machine as sandbox

Usage = namedtuple("Usage", "total used free")


def of_area(findings: Iterable[Finding], area: str) -> list[Finding]:
    return [finding for finding in findings if finding.area == area]


def test_packages_that_are_missing_or_too_old_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    needed = ["numpy>=999", "no-such-package>=1", "pytest>=1; extra == 'test'"]
    monkeypatch.setattr(machine, "requires", lambda name: needed)
    found = of_area(machine.examine(), "packages")[0]
    assert found.level is Level.PROBLEM and "pip install" in found.remedy
    assert "no-such-package is missing" in found.what and ">=999 is needed" in found.what
    assert "pytest" not in found.what


def test_the_packages_of_this_environment_are_as_they_must_be() -> None:
    assert {finding.level for finding in of_area(machine.examine(), "packages")} == {Level.OK}


def test_what_the_sandbox_lacks_is_a_problem_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    fault = sandbox.Finding("bubblewrap", False, "there is none", "install it")
    monkeypatch.setattr(sandbox, "missing", lambda: [fault])
    (found,) = of_area(machine.examine(), "sandbox")
    assert (found.level, found.what) == (Level.PROBLEM, "bubblewrap: there is none")
    assert found.remedy == "install it"


@pytest.mark.parametrize(
    ("argv", "level"),
    [(["python"], Level.OK), (["/no/such/python"], Level.PROBLEM), (["sh"], Level.WARNING)],
)
def test_the_kernel_must_be_there_and_should_be_this_python(
    monkeypatch: pytest.MonkeyPatch, argv: list[str], level: Level
) -> None:
    spec = type("Spec", (), {"argv": argv})
    monkeypatch.setattr(machine.KernelSpecManager, "get_kernel_spec", lambda self, name: spec)
    (found,) = of_area(machine.examine(), "kernel")
    assert found.level is level and bool(found.remedy) is (level is not Level.OK)


def test_a_missing_kernel_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(self: object, name: str) -> None:
        raise machine.NoSuchKernel(name)

    monkeypatch.setattr(machine.KernelSpecManager, "get_kernel_spec", none)
    (found,) = of_area(machine.examine(), "kernel")
    assert found.level is Level.PROBLEM and "ipykernel install" in found.remedy


@pytest.mark.parametrize(("free", "level"), [(10**6, Level.WARNING), (10**12, Level.OK)])
def test_a_full_disk_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free: int, level: Level
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(10**12, 0, free))
    assert machine.room(tmp_path).level is level


def test_old_folders_of_runs_are_found_and_young_ones_are_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(leftovers.tempfile, "gettempdir", lambda: str(tmp_path))
    for name, days in (("graders-runner-old", 3), ("graders-runner-young", 0), ("mine", 3)):
        (tmp_path / name).mkdir()
        when = time.time() - days * 86_400
        os.utime(tmp_path / name, (when, when))
    found = leftovers.examine()
    assert found.level is Level.WARNING
    assert "graders-runner-old" in found.remedy
    assert "young" not in found.remedy and "mine" not in found.remedy


def test_without_a_course_only_the_machine_is_looked_at() -> None:
    areas = {finding.area for finding in examine(None)}
    assert areas == {"python", "packages", "sandbox", "kernel", "disk", "leftovers"}


def test_a_course_is_looked_at_in_all_its_areas(course: Course) -> None:
    areas = {finding.area for finding in examine(course)}
    assert areas >= {"config", "database", "exchange", "rights", "secret", "assignments"}
