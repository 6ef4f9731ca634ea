"""A hidden test that never ends, with all signals ignored.

base  chaff
where first in evaluate
told  did not end in time|not run
plain like endless_and_deaf, which is tried
"""

import signal

for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
while True:
    pass
