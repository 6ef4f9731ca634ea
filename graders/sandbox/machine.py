"""What this machine needs for the sandbox, what it has, and how to get the rest."""

from __future__ import annotations

import platform
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from graders.sandbox import bubblewrap

OLDEST_KERNEL = (5, 14)
"""From this version on the processes of one job can be counted."""

OLDEST_BUBBLEWRAP = (0, 4, 0)

MACHINES = ("x86_64", "aarch64")
"""Those whose system calls the filter knows."""

ANSWER_SECONDS = 10.0

INSTALL = (
    "install it with `sudo apt-get install bubblewrap` (Debian, Ubuntu) or"
    " `sudo dnf install bubblewrap` (Fedora, RHEL)"
)
UBUNTU = (
    "run `sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0` (put the setting into a file in"
    " /etc/sysctl.d to keep it), or give the Python interpreter an AppArmor profile with the rule `userns,`"
)
DOCKER = (
    "in a container, start it with `--security-opt seccomp=unconfined --security-opt apparmor=unconfined"
    " --cap-add SYS_ADMIN`, or grade outside of it"
)
UNPROTECTED_ADVICE = (
    "Without the sandbox, students' code can read and change the gradebook, the hidden tests and everybody's"
    " work; if you accept that, ask for it with the option --unprotected."
)


@dataclass(frozen=True)
class Finding:
    """One thing that the sandbox needs. remedy: how to get it, where it is missing; empty where it is not."""

    what: str
    holds: bool
    seen: str
    remedy: str = ""


def findings() -> list[Finding]:
    """Return what the sandbox needs of this machine, in a few milliseconds."""
    if not sys.platform.startswith("linux"):
        remedy = "grade in a virtual machine with Linux, or on a Linux server"
        return [Finding("Linux", False, f"this is {platform.system()}, which has no such sandbox", remedy)]
    return [_kernel(), _machine(), _bubblewrap(), *_user_namespaces()]


def missing() -> list[Finding]:
    """Return those of the findings that do not hold."""
    return [finding for finding in findings() if not finding.holds]


def explain(reason: str, faults: list[Finding]) -> str:
    """Return the message for a sandbox that cannot be had. reason: what went wrong."""
    lines = [f"- {fault.what}: {fault.seen}. Remedy: {fault.remedy}." for fault in faults]
    if not lines:
        lines = ["- Nothing obvious is missing. `graders doctor` puts the sandbox on trial and says more."]
    first = f"The sandbox for students' code cannot be used: {reason}."
    return "\n".join([first, *lines, UNPROTECTED_ADVICE])


def _kernel() -> Finding:
    release = platform.release()
    version = tuple(int(number) for number in re.findall(r"\d+", release)[:2])
    wanted = ".".join(map(str, OLDEST_KERNEL))
    remedy = f"use a system with Linux {wanted} or newer (2021)"
    return _finding(f"Linux {wanted} or newer", version >= OLDEST_KERNEL, f"it is {release}", remedy)


def _machine() -> Finding:
    name = platform.machine()
    known = " or ".join(MACHINES)
    return _finding(f"a processor of kind {known}", name in MACHINES, f"it is {name}", f"grade on {known}")


def _bubblewrap() -> Finding:
    what, program = "bubblewrap", bubblewrap.find()
    if program is None:
        return Finding(what, False, "there is no program `bwrap` on the PATH", INSTALL)
    try:
        command = [program, "--version"]
        answer = subprocess.run(command, capture_output=True, text=True, timeout=ANSWER_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        return Finding(what, False, f"{program} does not run: {error}", INSTALL)
    version = tuple(int(number) for number in re.findall(r"\d+", answer.stdout)[:3])
    wanted = ".".join(map(str, OLDEST_BUBBLEWRAP))
    remedy = f"get version {wanted} or newer; {INSTALL}"
    seen = f"{program} is {answer.stdout.strip() or answer.stderr.strip()}"
    return _finding(what, version >= OLDEST_BUBBLEWRAP, seen, remedy)


def _user_namespaces() -> Iterator[Finding]:
    what = "user namespaces"
    limit = _setting("/proc/sys/user/max_user_namespaces")
    remedy = f"run `sudo sysctl -w user.max_user_namespaces=15000`; {DOCKER}"
    yield _finding(what, limit not in (None, 0), f"user.max_user_namespaces is {limit}", remedy)
    allowed = _setting("/proc/sys/kernel/unprivileged_userns_clone")
    if allowed is not None:
        remedy = "run `sudo sysctl -w kernel.unprivileged_userns_clone=1`"
        seen = f"kernel.unprivileged_userns_clone is {allowed}"
        yield _finding(f"{what} without root", allowed != 0, seen, remedy)
    restricted = _setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
    if restricted is not None and not _has_profile():
        seen = f"kernel.apparmor_restrict_unprivileged_userns is {restricted}"
        yield _finding(f"{what} that AppArmor allows", restricted == 0, seen, UBUNTU)


def _has_profile() -> bool:
    """Whether this process runs under an AppArmor profile of its own, which may allow user namespaces."""
    try:
        return Path("/proc/self/attr/current").read_text().strip("\0\n ") not in ("", "unconfined")
    except OSError:
        return False


def _setting(path: str) -> int | None:
    try:
        return int(Path(path).read_text())
    except (OSError, ValueError):
        return None


def _finding(what: str, holds: bool, seen: str, remedy: str) -> Finding:
    return Finding(what, holds, seen, "" if holds else remedy)
