"""The process reads memory that is not there, in a hidden test.

base  chaff
where first in evaluate
told  ended the kernel
"""

import ctypes

ctypes.string_at(0)
