"""Measures an existing pytest suite: which bugs it catches, and which correct trainers it rejects.

measure     measure_suite, the one thing that callers use
records     what a run shows, and the report of a suite
trainers    what it is run against beside the library: the instructor's solution, and one that does nothing
names       the mapping of module names, as it is written on the command line
server      starts the process that runs the suite, and reads what it writes
assessment  from runs to the report; a pure function
inside/     that process: it imports pytest, numpy and the framework once, and forks for every trainer
"""
