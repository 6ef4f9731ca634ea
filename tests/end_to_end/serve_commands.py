"""Runs `graders` commands, each in a process forked from this one, which has imported what they import.

So a command can be started, and killed, many times for little. Requests and answers are lines of JSON:
`start` is answered by the process, which has a session of its own, and `wait` by its exit status.
"""

from __future__ import annotations

import json
import os
import sys
from functools import partial
from typing import Any

import graders.cli.collect
import graders.cli.grade
import graders.cli.release
import graders.coordinator.class_run
import graders.coordinator.release
import graders.intake
import graders.nbgrader_plugins.configuration
from graders.cli.app import main
from graders.gradebook import ClassGradebook


def serve() -> None:
    """Answer requests until stdin is closed; in a command's process, run the command."""
    while line := sys.stdin.readline():
        request = json.loads(line)
        if request["do"] == "start":
            process = os.fork()
            if not process:
                become(request)
                main()
            answer = process
        else:
            answer = os.waitstatus_to_exitcode(os.waitpid(request["process"], 0)[1])
        print(json.dumps(answer), flush=True)


def become(request: dict[str, Any]) -> None:
    """Make this process that of a command: its session, streams, folder, environment and arguments."""
    os.setsid()
    names = [request["terminal"]] * 3 if request["terminal"] else [os.devnull, *[request["output"]] * 2]
    flags = os.O_RDWR | (0 if request["terminal"] else os.O_APPEND)
    for descriptor, name in enumerate(names):
        opened = os.open(name, flags)
        os.dup2(opened, descriptor)
        os.close(opened)
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w", 1), open(2, "w", 1)  # noqa: SIM115
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = ["graders", *request["arguments"]]
    if request["busy_seconds"] is not None:
        impatient = partial(ClassGradebook, busy_seconds=request["busy_seconds"])
        graders.coordinator.class_run.ClassGradebook = impatient  # type: ignore[assignment, misc]
        graders.coordinator.release.ClassGradebook = impatient  # type: ignore[assignment, misc]


if __name__ == "__main__":
    serve()
