"""Correct work that warns and prints on stderr, which costs all points in nbgrader.

base  wheat
where first in train_epoch
told  a traceback of nobody
case  nbgrader 0.9.6: 0 of 10 points; CSCI cc#5028
"""

import sys
import warnings

warnings.warn("something is not quite right")
print("Traceback (most recent call last): a traceback of nobody", file=sys.stderr)
