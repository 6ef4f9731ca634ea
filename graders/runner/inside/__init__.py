"""The untrusted side of the runner: what shares a process, or a parent, with students' code.

Loaded by path from `zygote.py`, which knows nothing else of `graders`. Nothing in this folder may import what
is outside of it, or hold an expected value, a tolerance or a verdict: a student can read and change it.

    server     the zygote's life: warm up once, then one attempt per request
    attempt    forks a child, watches its clock, relays its progress, ends all that is left of it
    processes  finding and ending descendants
    child      what the child does before the student's code runs: session, limits, folder, environment
    steps      runs cells and experiments, and says where it is
    channel    the child's end of the progress pipe
    lines      the other end: a hostile stream, cut into lines that carry the attempt's token
    shell      the IPython shell that is forked
    precompiled  the experiments' code, compiled once
    checks     what of a child's frames is let through
    folders    removing what a student's code has written
    errors     an exception as plain data
    frames     length-prefixed JSON between zygote and client
"""
