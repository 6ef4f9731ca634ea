"""The machine: Python, packages, the sandbox, the kernel that notebooks run in, and room on its disks."""

from __future__ import annotations

import platform
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from packaging.requirements import Requirement

from graders.doctor.findings import Finding, ok, problem, warning
from graders.sandbox import machine as sandbox

KERNEL = "python3"

PYTHON = shlex.quote(sys.executable)
"""This interpreter, as a shell takes it."""

ROOM_BYTES = 1024**3
"""A class of 300 takes some hundred MiB, and a runner keeps at most 128 MiB for a job."""

NEWEST_NBGRADER = (0, 9)
"""The series of nbgrader that the plug-ins were tested with."""


def examine() -> Iterator[Finding]:
    """Look at the machine."""
    yield ok("python", f"Python {platform.python_version()}, {sys.executable}")
    yield from _packages()
    yield from _nbgrader()
    yield from _sandbox()
    yield _kernel()
    yield room(Path(tempfile.gettempdir()))


def _packages() -> Iterator[Finding]:
    try:
        needed = [Requirement(text) for text in requires("graders") or ()]
    except PackageNotFoundError:
        yield warning(
            "packages",
            "graders is not installed, so what it needs is not known",
            f"install it: {PYTHON} -m pip install . in its folder",
        )
        return
    wrong = []
    for requirement in needed:
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            found = version(requirement.name)
        except PackageNotFoundError:
            wrong.append(f"{requirement.name} is missing")
            continue
        if not requirement.specifier.contains(found, prereleases=True):
            wrong.append(f"{requirement.name} is {found}, and {requirement.specifier} is needed")
    if wrong:
        yield problem(
            "packages",
            "; ".join(wrong),
            f"install graders again: {PYTHON} -m pip install --upgrade .",
        )
    else:
        yield ok("packages", f"graders {version('graders')}, and all packages that it needs")


def _nbgrader() -> Iterator[Finding]:
    found = version("nbgrader")
    series = tuple(int(part) for part in found.split(".")[:2])
    if series > NEWEST_NBGRADER:
        yield warning(
            "packages",
            f"nbgrader {found} is newer than those that the plug-ins were tested with",
            f"if grading fails, install an older one: {PYTHON} -m pip install 'nbgrader<0.10'",
        )
    else:
        yield ok("packages", f"nbgrader {found}, jupyter-client {version('jupyter-client')}")


def _sandbox() -> Iterator[Finding]:
    faults = sandbox.missing()
    for fault in faults:
        yield problem("sandbox", f"{fault.what}: {fault.seen}", fault.remedy or sandbox.UNPROTECTED_ADVICE)
    if not faults:
        yield ok("sandbox", "; ".join(f"{found.what}: {found.seen}" for found in sandbox.findings()))


def _kernel() -> Finding:
    remedy = f"make it: {PYTHON} -m ipykernel install --sys-prefix --name {KERNEL}"
    try:
        spec = KernelSpecManager().get_kernel_spec(KERNEL)
    except NoSuchKernel:
        return problem("kernel", f"there is no kernelspec {KERNEL!r}, which notebooks are run with", remedy)
    program = str(spec.argv[0]) if spec.argv else ""
    major, minor = sys.version_info[:2]
    if program in ("python", f"python{major}", f"python{major}.{minor}"):
        program = sys.executable  # as jupyter_client reads it
    found = shutil.which(program)
    if found is None:
        return problem("kernel", f"the kernelspec {KERNEL!r} starts {program!r}, which is not there", remedy)
    if Path(found).parent.resolve() != Path(sys.executable).parent.resolve():
        return warning(
            "kernel",
            f"the kernelspec {KERNEL!r} starts {found}, another Python than this one",
            f"students' notebooks then run with its packages. To use this one, {remedy}",
        )
    return ok("kernel", f"the kernelspec {KERNEL!r} starts {found}")


def room(folder: Path) -> Finding:
    """Look at the room on a folder's disk."""
    free = shutil.disk_usage(folder).free
    text = f"{free / 1024**3:.1f} GiB are free in {folder}"
    if free < ROOM_BYTES:
        return warning("disk", text, "make room: grading a class needs about 1 GiB")
    return ok("disk", text)
