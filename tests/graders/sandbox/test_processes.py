"""A job's processes cannot reach others, get more rights, or outlive their job."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from graders.runner import Job, Limits, Result, Runner
from graders.runner.state import JobState

Run = Callable[..., Result]
Said = Callable[[Result], Any]
TryAll = Callable[..., dict[str, str]]
Processes = Callable[[str], list[int]]

CALL = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def call(*arguments):
    '''A system call by its number; the name of its error.'''
    ctypes.set_errno(0)
    result = libc.syscall(*(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments))
    return os.strerror(ctypes.get_errno()) if result == -1 else "done"
machine = os.uname().machine
"""

DENIED = {  # name: (number on x86_64, on aarch64), arguments
    "ptrace": ((101, 117), (16, 1, 0, 0)),
    "process_vm_readv": ((310, 270), (1, 0, 0, 0, 0, 0)),
    "process_vm_writev": ((311, 271), (1, 0, 0, 0, 0, 0)),
    "unshare": ((272, 97), (0x10000000,)),
    "unshare_mounts": ((272, 97), (0x20000,)),
    "setns": ((308, 268), (0, 0)),
    "clone_user": ((56, 220), (0x10000000 | 17, 0, 0, 0, 0)),
    "clone_net": ((56, 220), (0x40000000 | 17, 0, 0, 0, 0)),
    "clone_time": ((56, 220), (0x80 | 17, 0, 0, 0, 0)),
    "mount": ((165, 40), (0, 0, 0, 0, 0)),
    "umount": ((166, 39), (0, 0)),
    "pivot_root": ((155, 41), (0, 0)),
    "chroot": ((161, 51), (0,)),
    "fsopen": ((430, 430), (0, 0)),
    "bpf": ((321, 280), (0, 0, 0)),
    "perf_event_open": ((298, 241), (0, 0, -1, -1, 0)),
    "io_uring_setup": ((425, 425), (1, 0)),
    "userfaultfd": ((323, 282), (0,)),
    "keyctl": ((250, 219), (0, -3, 0)),
    "add_key": ((248, 217), (0, 0, 0, 0, -3)),
    "open_by_handle_at": ((304, 265), (-100, 0, 0)),
    "personality": ((135, 92), (0x0040000,)),
    "kexec_load": ((246, 104), (0, 0, 0, 0)),
    "init_module": ((175, 105), (0, 0, 0)),
    "reboot": ((169, 142), (0, 0, 0, 0)),
    "quotactl": ((179, 60), (0, 0, 0, 0)),
    "memfd_create": ((319, 279), (0, 0)),
    "shmget": ((29, 194), (0, 4096, 0o1600)),
    "msgget": ((68, 186), (0, 0o1600)),
    "pidfd_getfd": ((438, 438), (0, 0, 0)),
    "prlimit_of_another": ((302, 261), (1, 0, 0, 0)),
    "setpriority_of_its_keeper": ((141, 140), (0, 1, 19)),
    "setpriority_of_its_keepers_group": ((141, 140), (1, 1, 19)),
    "setpriority_of_all_of_the_user": ((141, 140), (2, 0, 19)),
    "ioprio_set_of_its_keeper": ((251, 30), (1, 1, 3 << 13)),
    "ioprio_set_of_all_of_the_user": ((251, 30), (3, 0, 3 << 13)),
    "sched_setparam_of_its_keeper": ((142, 118), (1, 0)),
    "sched_setscheduler_of_its_keeper": ((144, 119), (1, 5, 0)),
    "sched_setaffinity_of_its_keeper": ((203, 122), (1, 0, 0)),
    "sched_setattr_of_its_keeper": ((314, 274), (1, 0, 0)),
}


@pytest.mark.parametrize("name", DENIED)
def test_a_system_call_that_no_notebook_needs_is_refused(run: Run, said: Said, name: str) -> None:
    numbers, arguments = DENIED[name]
    code = f"{CALL}\nnumber = {dict(zip(('x86_64', 'aarch64'), numbers, strict=True))!r}[machine]"
    assert said(run(f"{code}\nsaid = call(number, *{arguments!r})")) == "Operation not permitted"


def test_a_job_may_be_nice_and_choose_its_cores(try_all: TryAll) -> None:
    found = try_all(
        "import os",
        nice="os.nice(1) > 0",
        cores="os.sched_setaffinity(0, os.sched_getaffinity(0))",
        idle="os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))",
    )
    assert found == {"nice": "done(True)", "cores": "done(None)", "idle": "done(None)"}


def test_calls_of_another_architecture_end_the_process(run: Run) -> None:
    if os.uname().machine != "x86_64":
        pytest.skip("only x86_64 has a second table of system calls")
    x32 = f"{CALL}\nsaid = call(0x40000000 + 39)"
    result = run(x32)
    assert [cell.how for cell in result.lethal_cells] == ["died"] and "SIGSYS" in result.lethal_cells[0].text


def test_newer_system_calls_do_not_exist(run: Run, said: Said) -> None:
    assert (
        said(run(f"{CALL}\nsaid = [call(435, 0, 0), call(467), call(999)]"))
        == ["Function not implemented"] * 3
    )


def test_no_capability_is_left_and_none_can_be_had(run: Run, said: Said) -> None:
    lines = "(line.partition(':') for line in open('/proc/self/status'))"
    status = said(run(f"said = {{name: value.strip() for name, _, value in {lines}}}"))
    assert {status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2"
    assert set(status["Uid"].split()) == {str(os.geteuid() or 65534)} and status["Groups"].strip() in (
        "",
        "65534",
    )


def test_nobody_else_can_be_become(try_all: TryAll) -> None:
    found = try_all("import os", user="os.setuid(0)", group="os.setgid(0)", groups="os.setgroups([0])")
    assert set(found.values()) <= {"PermissionError", "OSError"}


@pytest.mark.parametrize("program", ["su -c id", "mount -t tmpfs x /tmp", "unshare -Ur id", "unshare -n id"])
def test_programs_with_other_rights_have_none_here(run: Run, said: Said, program: str) -> None:
    assert said(
        run(f"import subprocess\nsaid = subprocess.run({program.split()!r}, capture_output=True).returncode")
    )


def test_its_keeper_cannot_be_killed_stopped_or_looked_into(run: Run, said: Said) -> None:
    attack = """
        import os, signal, time
        said = [os.getppid()]
        for number in range(1, 65):
            try: os.kill(1, number)
            except OSError as error: said.append(error.errno)
        time.sleep(0.1)
        for name in ("mem", "environ", "maps", "fd/0", "root", "cwd"):
            said.append(outcome(lambda: os.open(f"/proc/1/{name}", os.O_RDONLY)))
    """
    parent, *rest = said(run(attack))
    assert parent == 0  # it is in no namespace that the job sees
    assert set(rest[-6:]) == {"PermissionError"}


def test_its_keeper_sleeps_while_a_job_that_closed_its_output_does(run: Run, said: Said) -> None:
    silent = """
        import os, time
        def cpu_ticks():  # what the keeper has used, in hundredths of a second
            fields = open("/proc/1/stat").read().rpartition(")")[2].split()
            return int(fields[11]) + int(fields[12])
        nothing, kept = os.open(os.devnull, os.O_WRONLY), [os.dup(1), os.dup(2)]
        os.dup2(nothing, 1), os.dup2(nothing, 2)
        os.closerange(kept[0], kept[1] + 1)
        before = cpu_ticks()
        time.sleep(1)
        said = cpu_ticks() - before
    """
    assert said(run(silent)) < 10


def test_the_next_job_is_alone_with_its_keeper(run: Run, said: Said) -> None:
    leave_some = """
        import os, signal, time
        for _ in range(20):
            if os.fork() == 0:
                os.setsid()
                for number in (signal.SIGTERM, signal.SIGHUP): signal.signal(number, signal.SIG_IGN)
                if os.fork() == 0:
                    while True: time.sleep(1)
                os._exit(0)
        said = len([name for name in os.listdir("/proc") if name.isdigit()])
    """
    look = """
        import os
        said = [int(name) for name in os.listdir("/proc") if name.isdigit()]
        said = sorted(said) == [1, os.getpid()]
    """
    assert said(run(leave_some)) > 10
    assert said(run(look)) is True


def test_killing_everything_kills_its_own_alone(run: Run, said: Said) -> None:
    attack = """
        import os, signal, subprocess, time
        child = subprocess.Popen(["sleep", "1000"])
        said = [outcome(lambda: os.kill(-1, signal.SIGKILL)), child.wait(10)]
    """
    assert said(run(attack)) == ["done(None)", -9]


def test_a_job_that_takes_back_what_it_said_loses_its_own_cell_alone(runner: Runner) -> None:
    attack = """
        import os, select, signal
        for name in range(100, 200):  # where its end of the pipe to its keeper lies
            try: pipe = os.open(f"/proc/self/fd/{name}", os.O_RDONLY | os.O_NONBLOCK)
            except OSError: continue
            if select.select([pipe], [], [], 0)[0]: os.read(pipe, 65536)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    for _ in range(10):
        result = runner.run(Job((textwrap.dedent(attack),), (("after", "1"),), "n"))
        assert result.endings["after"].how == "finished"
        assert [cell.index for cell in result.lethal_cells] == [0]


def test_a_process_that_kills_itself_ends(run: Run) -> None:
    result = run("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert "SIGKILL" in result.lethal_cells[0].text and result.endings["told"].how == "finished"


STAY = """
import os, signal, subprocess, sys, time
for escape in (lambda: None, os.setsid, lambda: (os.setsid(), os.fork() and os._exit(0))):
    if os.fork() == 0:
        escape()
        for number in (1, 2, 15): signal.signal(number, signal.SIG_IGN)
        os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(1000)", {mark!r}])
while sum({mark!r}.encode() in open(f"/proc/{{pid}}/cmdline", "rb").read()
          for pid in os.listdir("/proc") if pid.isdigit()) < 3: time.sleep(0.01)
"""


def test_what_stays_behind_ends_with_the_job(run: Run, said: Said, host_processes: Processes) -> None:
    mark = f"stays-{os.urandom(8).hex()}"
    assert said(run(STAY.format(mark=mark) + "said = 1")) == 1
    assert host_processes(mark) == []


def test_what_stays_behind_ends_with_a_job_that_dies(run: Run, host_processes: Processes) -> None:
    mark = f"stays-{os.urandom(8).hex()}"
    result = run(STAY.format(mark=mark) + "os._exit(0)")
    assert [cell.how for cell in result.lethal_cells] == ["died"] and host_processes(mark) == []


def test_a_zygote_that_is_killed_takes_its_job_with_it(course: Any, host_processes: Processes) -> None:
    mark = f"stays-{os.urandom(8).hex()}"
    limits = Limits(step_seconds=60, job_seconds=60)
    state = JobState(Job((STAY.format(mark=mark) + "time.sleep(1000)",), (), "n"), limits)
    with Runner(course.assignment) as runner:
        zygote = runner._running_zygote()
        zygote.send(state.request(state.next_attempt(), asdict(limits)), time.monotonic() + 20)
        wait_until(lambda: len(host_processes(mark)) >= 3)
        zygote.kill()
        wait_until(lambda: not host_processes(mark))


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait for what must happen soon: the others of a namespace end after its first process, not before."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_worker_that_is_killed_leaves_no_process(
    course: Any, host_processes: Processes, tmp_path: Path
) -> None:
    program = f"""
import os, signal
from pathlib import Path
from graders.runner import Job, Runner
runner = Runner(Path({str(course.assignment)!r}), preload=["json"])
runner._running_zygote()
print(runner._zygote._own._scratch, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=Path.cwd())
    scratch = done.stdout.strip()
    assert done.returncode == -9 and scratch
    wait_until(lambda: not host_processes(scratch))


def test_another_jobs_process_is_not_seen(course: Any, run: Run, said: Said) -> None:
    with Runner(course.assignment) as other:
        other.run(Job(("a = 1",), (), "n"))
        assert said(run("import os\nsaid = len([n for n in os.listdir('/proc') if n.isdigit()])")) == 2
