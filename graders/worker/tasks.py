"""What a pool or a cluster is asked to do: plain functions of plain data."""

from __future__ import annotations

import atexit
import threading
from pathlib import Path

from graders.bundle import Bundle, Submitted
from graders.graded import GradedSubmission
from graders.worker.worker import Worker

_bundles: dict[str, tuple[Bundle, Path | None]] = {}
_workers: dict[str, Worker] = {}

_one_at_a_time = threading.Lock()
"""A cluster's worker may have several threads; students' code of one process is run for one of them."""

MAX_WORKERS = 4
"""Assignments that one process stays ready for; each has a process of its own for students' code."""


def keep(bundle: Bundle, unpacked: Path | None = None) -> None:
    """Keep a bundle in this process, so that tasks can name it by its digest.

    unpacked: the assignment's folder, where somebody else has unpacked it, and removes it.
    """
    _bundles[bundle.digest()] = bundle, unpacked


def start_here(digest: str) -> None:
    """Get ready for submissions, with a bundle that this process keeps. Raises as Worker does."""
    with _one_at_a_time:
        _worker(digest, *_bundles[digest]).start()


def grade_here(digest: str, submitted: Submitted, nonce: str) -> GradedSubmission:
    """Grade a submission with a bundle that this process keeps. Raises KeyError if it keeps none."""
    with _one_at_a_time:
        return _worker(digest, *_bundles[digest]).grade(submitted, nonce)


def grade_submission(bundle: Bundle, submitted: Submitted, nonce: str) -> GradedSubmission:
    """Grade a submission, with all that it takes: the form for machines that share nothing."""
    with _one_at_a_time:
        return _worker(bundle.digest(), bundle).grade(submitted, nonce)


def check_here(digest: str, nonce: str) -> None:
    """Check the reference solution of a bundle that this process keeps. Raises AssignmentError."""
    with _one_at_a_time:
        _worker(digest, *_bundles[digest]).check_reference(nonce)


def check_bundle(bundle: Bundle, nonce: str) -> None:
    """Check the reference solution of a bundle. Raises AssignmentError."""
    with _one_at_a_time:
        _worker(bundle.digest(), bundle).check_reference(nonce)


def rejudge_here(digest: str, submitted: Submitted, texts: dict[str, str], nonce: str) -> GradedSubmission:
    """Judge autograded notebooks (texts by name) anew, with a bundle that this process keeps."""
    with _one_at_a_time:
        return _worker(digest, *_bundles[digest]).rejudge(submitted, texts, nonce)


def rejudge_submission(
    bundle: Bundle, submitted: Submitted, texts: dict[str, str], nonce: str
) -> GradedSubmission:
    """Judge autograded notebooks anew, with all that it takes."""
    with _one_at_a_time:
        return _worker(bundle.digest(), bundle).rejudge(submitted, texts, nonce)


def _worker(digest: str, bundle: Bundle, unpacked: Path | None = None) -> Worker:
    if digest not in _workers:
        while len(_workers) >= MAX_WORKERS:
            _workers.pop(next(iter(_workers))).close()
        _workers[digest] = Worker(bundle, unpacked)
    return _workers[digest]


def close_all() -> None:
    """End all workers of this process, with their processes and files."""
    while _workers:
        _workers.popitem()[1].close()


atexit.register(close_all)
