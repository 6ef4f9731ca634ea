"""The untrusted side of the runner: what shares a process, or a parent, with students' code.

Loaded by path from `zygote.py`, which knows nothing else of `graders`. Nothing in this folder may import what
is outside of it, or hold an expected value, a tolerance or a verdict: a student can read and change it.

    server     stays small: takes orders for zygotes, forks the mother and the keepers
    births     how zygotes are ordered
    mother     has imported everything once; zygotes are its copies
    keeper     reads the requests, and has a job forked for each: the first process of the jobs' namespaces
    zygote     never reads a request, and forks a job where its keeper orders one
    holes      free places in memory, filled before jobs are forked
    orders     what a keeper says to the zygote, and what it is told of a job
    preparation  what the zygote imports and makes
    namespaces  making and locking them: mounts, processes, users, network, messages
    seccomp    the filter of system calls
    kernel     the few system calls that Python has no name for
    attempt    has a child forked, watches its clock, relays its progress, ends all that is left of it
    usage      memory and CPU time of all processes of a job
    processes  finding and ending descendants
    child      what the child does before the student's code runs: session, limits, folder, environment
    steps      runs cells and experiments, and says where it is
    channel    the child's end of the progress pipe
    lines      the other end: a hostile stream, cut into lines that carry the attempt's token
    shell      the IPython shell that is forked
    warming    what every job does, done in the zygote first
    syntax     IPython's own syntax, not searched for where there is none
    precompiled  the experiments' code, compiled once
    figures    matplotlib draws as in a kernel
    rich       a job that is recorded: the shell behaves as a kernel does
    recorder   what such a job shows, as events, within limits
    events     the kinds of events, and how much of each there may be
    streams    its `sys.stdout` and `sys.stderr`
    display    what IPython calls to show a value
    tokens     colouring tracebacks fast
    full_kernel  a job in a Jupyter kernel of its own
    checks     what of a child's frames is let through
    folders    the folders of an attempt: made, filled with files, removed
    errors     an exception as plain data
    frames     length-prefixed JSON between keeper and client
    kinds      what a frame is for
"""
