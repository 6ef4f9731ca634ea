"""A regular expression that takes for ever.

base  wheat
where a cell after solution_checkpoint
told  did not end in time
plain like endless_and_deaf, which is tried
"""

import re

re.fullmatch("(a|a|a?)+b", "a" * 64)
