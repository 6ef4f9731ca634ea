"""The lab: problems drawn from a nonce, runs recorded as numbers, evidence written into the notebook.

The lab observes and never judges: it holds no expected value, no tolerance and no verdict. What it writes is
read by a grader in another process, who ran the same experiment on a trainer known to be right.

    experiment   runs the body of a hidden test cell and emits its evidence
    part         one piece of an experiment, kept apart from the errors of the others
    pristine     the framework as it was handed out, whatever a notebook has made of it
    problems     models and data drawn from the nonce
    recording    what every optimizer step used and did
    evidence     the schema of what leaves the notebook
    nonce        where the numbers come from
    time_limit   ends a loop that never ends
"""

from tinystack.lab.experiment import Lab, experiment

__all__ = ["Lab", "experiment"]
