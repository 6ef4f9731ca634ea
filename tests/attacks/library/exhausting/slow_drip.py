"""Every step stays below its own limit, and all of them together take for ever.

base  wheat
where first in train_epoch
told  not run|in time
plain it takes as long as it is given
"""

import time

time.sleep(1.7)
