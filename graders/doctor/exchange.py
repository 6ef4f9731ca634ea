"""Who may read and write what: nbgrader's exchange, and the course's own folder."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange.default import Exchange
from traitlets.config import Config

from graders.course import Course
from graders.doctor.findings import Finding, ok, problem, warning


def examine(course: Course, config: Config) -> Iterator[Finding]:
    """Look at the exchange that a course's configuration names, and at the rights on the course's folder."""
    yield from _course(course)
    root, is_set = Path(Exchange(config=config).root), "root" in config.get("Exchange", {})
    folder = shlex.quote(str(root))
    if not root.is_dir():
        remedy = f"make it: sudo mkdir -p {folder} && sudo chmod ugo+rwx {folder}"
        if is_set:
            yield problem("exchange", f"{root}, which the configuration names, is not there", remedy)
        else:
            yield ok("exchange", f"there is none in {root}; only nbgrader's own hand-in needs it")
        return
    if not os.access(root, os.W_OK | os.X_OK):
        yield problem(
            "exchange", f"{root} is not writable for this account", f"run sudo chmod ugo+rwx {folder}"
        )
        return
    coursedir = CourseDirectory(config=config)
    if not coursedir.course_id:
        yield problem(
            "exchange",
            "the course has no name, and the exchange asks for one",
            'set c.CourseDirectory.course_id = "NAME" in nbgrader_config.py',
        )
        return
    yield from _folders(root / str(coursedir.course_id))


def _folders(course: Path) -> Iterator[Finding]:
    inbound = course / "inbound"
    if not inbound.is_dir():
        yield ok("exchange", f"{course.parent} is writable; nothing was released yet")
        return
    mode = inbound.stat().st_mode
    if mode & stat.S_IROTH:
        yield problem(
            "exchange",
            f"everybody can list {inbound}, and so read what others hand in",
            f"run chmod o-r {shlex.quote(str(inbound))}",
        )
    elif not mode & stat.S_IWOTH and not mode & stat.S_IWGRP:
        yield problem(
            "exchange",
            f"nobody but its owner can write to {inbound}, so nobody can hand in",
            f"run chmod ugo+wx {shlex.quote(str(inbound))}",
        )
    else:
        yield ok("exchange", f"{course} takes submissions, and shows them to nobody else")


def _course(course: Course) -> Iterator[Finding]:
    mode = course.root.stat().st_mode
    if mode & (stat.S_IROTH | stat.S_IXOTH):
        yield warning(
            "rights",
            f"every account of this machine can enter {course.root}, with its hidden tests and grades",
            f"where students have accounts here, run chmod o-rwx '{course.root}'",
        )
    else:
        yield ok("rights", f"{course.root} is closed to other accounts")
    if not os.access(course.root, os.W_OK | os.X_OK):
        yield problem(
            "rights",
            f"{course.root} is not writable for this account, so nothing can be released or graded there",
            "give this account the right to write there, or copy the course to a disk that can be written",
        )
