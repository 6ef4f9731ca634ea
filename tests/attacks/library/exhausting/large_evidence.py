r"""Observations grow by a million numbers in each call.

base  wheat
where first in train_epoch
told  History tracking\s+(failed|partly)
"""

self.history.setdefault("ballast", []).extend([0.125] * 10**5)
self.history["learning_rates"] = [0.1] * 10**5
