"""What a machine lacks is named with its remedy; nothing runs unprotected unless that is asked for."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from graders.runner import Job, Runner
from graders.sandbox import UNPROTECTED, SandboxError, bubblewrap, libraries, machine, trial
from graders.sandbox.staging import stage


def test_this_machine_holds_what_is_promised() -> None:
    found = trial.findings()
    assert len(found) > len(trial.CLAIMS) and all(finding.holds and not finding.remedy for finding in found)


def test_a_missing_bubblewrap_is_named_with_the_way_to_get_it(
    course: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bubblewrap, "find", lambda: None)
    with pytest.raises(SandboxError, match="apt-get install bubblewrap") as raised, Runner(course.assignment):
        pass
    assert "bwrap" in str(raised.value) and "--unprotected" in str(raised.value)


def test_another_system_has_no_sandbox_and_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    (finding,) = machine.missing()
    assert not finding.holds and "virtual machine" in finding.remedy


@pytest.mark.parametrize(
    ("path", "value", "remedy"),
    [
        ("/proc/sys/user/max_user_namespaces", 0, "user.max_user_namespaces"),
        ("/proc/sys/user/max_user_namespaces", None, "user.max_user_namespaces"),
        ("/proc/sys/kernel/unprivileged_userns_clone", 0, "unprivileged_userns_clone=1"),
        ("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 1, "AppArmor profile"),
    ],
)
def test_a_setting_that_forbids_namespaces_is_named(
    monkeypatch: pytest.MonkeyPatch, path: str, value: int | None, remedy: str
) -> None:
    real = machine._setting
    monkeypatch.setattr(machine, "_setting", lambda asked: value if asked == path else real(asked))
    monkeypatch.setattr(machine, "_has_profile", lambda: False)
    (finding,) = machine.missing()
    assert remedy in finding.remedy and str(value) in finding.seen


@pytest.mark.parametrize(
    ("release", "holds"), [("5.13.19", False), ("5.14.0-1.el9", True), ("6.8.0-generic", True)]
)
def test_an_old_kernel_is_refused(monkeypatch: pytest.MonkeyPatch, release: str, holds: bool) -> None:
    monkeypatch.setattr(machine.platform, "release", lambda: release)
    assert machine._kernel().holds is holds


@pytest.mark.parametrize(
    ("answer", "holds"),
    [("echo bubblewrap 0.3.1", False), ("echo bubblewrap 0.10.0", True), ("exit 1", False)],
)
def test_an_old_or_broken_bubblewrap_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, holds: bool
) -> None:
    program = tmp_path / "bwrap"
    program.write_text(f"#!/bin/sh\n{answer}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert bubblewrap.find() == str(program) and machine._bubblewrap().holds is holds


def test_a_bubblewrap_that_cannot_start_stops_with_what_it_said(
    course: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bwrap"
    program.write_text(
        "#!/bin/sh\n[ $1 = --version ] && echo bubblewrap 0.8.0 && exit\n"
        "echo 'bwrap: No permissions to create new namespace' >&2; exit 1\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with (
        pytest.raises(SandboxError, match="No permissions to create new namespace"),
        Runner(course.assignment),
    ):
        pass


def test_protection_is_given_up_only_where_that_is_asked_for(course: Any) -> None:
    code = f"from tinystack.lab import emit\nimport os\nemit(str(os.path.exists({str(course.root)!r})))"
    job = Job((), (("seen", code),), "n")
    with Runner(course.assignment) as runner:
        assert runner.run(job).evidence == {"seen": ("False",)}
    with Runner(course.assignment, sandbox=UNPROTECTED) as runner:
        assert runner.run(job).evidence == {"seen": ("True",)}


def test_links_of_an_assignment_are_followed_once(tmp_path: Path) -> None:
    shared, assignment = tmp_path / "shared", tmp_path / "hw"
    (shared / "more").mkdir(parents=True)
    (shared / "more" / "data.csv").write_text("1")
    assignment.mkdir()
    (assignment / "data").symlink_to(shared)
    (shared / "circle").symlink_to(assignment)
    (assignment / "dangling").symlink_to(tmp_path / "nowhere")
    stage(assignment, tmp_path / "staged")
    found = {str(path.relative_to(tmp_path / "staged")) for path in (tmp_path / "staged").rglob("*")}
    assert found == {"data", "data/more", "data/more/data.csv"}


def test_what_lies_in_usr_beside_programs_and_libraries_is_not_shown() -> None:
    shown = libraries.visible()
    for path in (
        "/usr",
        "/usr/local",
        "/usr/share",
        "/usr/local/share/nbgrader",
        "/usr/src",
        "/home",
        "/srv",
        "/etc",
    ):
        assert not any(Path(path).is_relative_to(other) for other in shown)
    assert not any(Path.cwd().is_relative_to(path) for path in shown)


def test_this_package_is_masked_where_it_is_installed_among_the_libraries(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    installed = Path(sys.prefix) / "lib" / "python3" / "site-packages" / "graders"
    monkeypatch.setattr(libraries.graders, "__file__", str(installed / "__init__.py"))
    assert libraries.masked(libraries.visible()) == [Path(installed).resolve()]
