"""What would exhaust the machine costs the job that tries it, and no other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graders.runner import Limits, Result

Run = Callable[..., Result]
Said = Callable[[Result], Any]

MIB = 1024**2


def test_processes_are_counted(run: Run, said: Said) -> None:
    many = """
        import os, time
        children, said = [], None
        try:
            while len(children) < 1000:
                if (child := os.fork()) == 0: time.sleep(1000); os._exit(0)
                children.append(child)
        except OSError as error: said = [len(children), type(error).__name__]
    """
    assert said(run(many, Limits(processes=10, memory_bytes=2048 * MIB))) == [9, "BlockingIOError"]


def test_threads_are_counted_as_processes(run: Run, said: Said) -> None:
    many = """
        import threading, time
        threads, said = [], None
        try:
            while len(threads) < 1000:
                threads.append(threading.Thread(target=time.sleep, args=(1000,), daemon=True))
                threads[-1].start()
        except RuntimeError as error: said = [len(threads), str(error)]
    """
    assert said(run(many, Limits(processes=10, memory_bytes=2048 * MIB))) == [10, "can't start new thread"]


def test_a_fork_bomb_is_over_when_its_time_is(run: Run) -> None:
    bomb = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
    result = run(bomb, Limits(step_seconds=1.0, job_seconds=20, interrupt_seconds=0.5, processes=20))
    assert len(result.lethal_cells) == 1 and result.endings["told"].how == "finished"


def test_processes_that_nobody_waits_for_are_reaped(run: Run, said: Said) -> None:
    many = """
        import os
        for _ in range(100):
            if os.fork() == 0:
                if os.fork() == 0: os._exit(0)
                os._exit(0)
            os.wait()
        said = "all"
    """
    assert said(run(many, Limits(processes=30, step_seconds=20))) == "all"


HOG = """
import mmap, os, time
def fill(size):
    memory = mmap.mmap(-1, size)
    for place in range(0, size, 4096): memory[place] = 1
    return memory
"""


def test_memory_of_one_process_is_limited(run: Run, said: Said) -> None:
    hog = f"{HOG}\nsaid = outcome(lambda: fill(1 << 32))"
    assert said(run(hog, Limits(memory_bytes=512 * MIB))) == "OSError"


def test_memory_of_all_processes_together_is_limited(run: Run) -> None:
    hog = f"{HOG}\nfor _ in range(6):\n    if os.fork() == 0: kept = fill(200 << 20); time.sleep(1000)\n"
    result = run(hog + "time.sleep(1000)", Limits(memory_bytes=640 * MIB, step_seconds=60, job_seconds=60))
    assert "SIGKILL" in result.lethal_cells[0].text and result.endings["told"].how == "finished"


def test_memory_that_processes_share_counts_once(run: Run, said: Said) -> None:
    share = f"{HOG}\nkept = bytearray(os.urandom(1 << 20) * 200)\nchildren = []\n"
    share += "for _ in range(8):\n    if (child := os.fork()) == 0: time.sleep(1); os._exit(0)\n"
    share += "    children.append(child)\nsaid = sum(os.waitpid(child, 0)[1] for child in children)"
    assert said(run(share, Limits(memory_bytes=640 * MIB, step_seconds=30))) == 0


def test_cpu_time_of_all_processes_together_is_limited(run: Run) -> None:
    burn = "import os\nfor _ in range(3): os.fork()\nwhile True: pass"
    result = run(burn, Limits(cpu_seconds=2, step_seconds=60, job_seconds=60))
    assert "SIGKILL" in result.lethal_cells[0].text and result.endings["told"].how == "finished"


def test_cpu_time_of_a_job_is_not_counted_against_the_next(run: Run, said: Said) -> None:
    burn = """
        import os, time
        for _ in range(2):
            if os.fork() == 0:
                begun = time.process_time()
                while time.process_time() - begun < 0.8: pass
                time.sleep(60)
        time.sleep(2.5)
    """
    limits = Limits(cpu_seconds=2, step_seconds=60, job_seconds=60)
    for _ in range(2):  # more than the limit all together, in processes that their keeper waits for
        run(burn, limits)
    honest = """
        import time
        begun = time.process_time()
        while time.process_time() - begun < 0.6: pass
        said = "here"
    """
    assert said(run(honest, limits)) == "here"


def test_a_flood_of_output_is_cut(run: Run, said: Said) -> None:
    flood = "import os\nfor _ in range(500): os.write(1, b'x' * 10**5)\nprint('the end')\nsaid = 1"
    result = run(flood)
    assert said(result) == 1 and len(result.output) <= 65_536 and result.output.endswith("the end\n")


def test_descriptors_are_limited(run: Run, said: Said) -> None:
    many = """
        import os
        kept, said = [], None
        try:
            while True: kept.append(os.open("/dev/null", os.O_RDONLY))
        except OSError as error: said = len(kept)
        for number in kept: os.close(number)
    """
    assert 100 < said(run(many)) < 256


def test_local_sockets_and_pipes_work_after_a_flood_of_them(run: Run, said: Said) -> None:
    flood = """
        import socket
        kept, said = [], 0
        try:
            while True: kept.append(socket.socketpair())
        except OSError: said = len(kept)
        kept.clear()
    """
    assert said(run(flood)) > 50
