"""The wall around students' code: a bubblewrap sandbox, and what the machine must have for it.

policy      Protection: what a runner is asked for; SandboxError
libraries   what of the machine a sandbox sees: the interpreter, its libraries, a few files of settings
staging     the assignment's files as the sandbox sees them: without notebooks
bubblewrap  the command line of a sandbox
machine     what is missing on this machine, and how to get it
trial       a sandbox on trial: a program in it that tries to get out
"""

from graders.sandbox.policy import SANDBOXED, UNPROTECTED, Protection, SandboxError

__all__ = ["SANDBOXED", "UNPROTECTED", "Protection", "SandboxError"]
