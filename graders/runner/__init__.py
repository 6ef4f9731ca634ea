"""Runs students' code and the hidden experiments on it in a process of its own; returns raw evidence texts.

records    what goes in and what comes out: Job, Limits, Result
client     Runner, the one thing that callers use
state      a job from its first attempt to its result
outputs    what the steps of a rich job have shown, as a notebook's outputs
protocol   what the zygote's replies are parsed into; all of it is hostile input
nursery    starts and ends the program of the untrusted side, which zygotes are asked of
zygote_process  a zygote of it, spoken to in frames
leftovers  ends what a killed zygote leaves behind that runs without the sandbox
zygote     that program; everything it runs is in `inside/`
"""

from graders.runner.client import Runner
from graders.runner.records import CellError, Ending, Job, LethalCell, Limits, Result, RunnerError

__all__ = ["CellError", "Ending", "Job", "LethalCell", "Limits", "Result", "Runner", "RunnerError"]
