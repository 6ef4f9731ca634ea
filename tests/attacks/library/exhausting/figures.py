"""Hundreds of figures are drawn and left open.

base  wheat
where a cell after solution_schedule
told  figure|in time|MemoryError|left out
"""

import warnings

import matplotlib.pyplot as plt

warnings.simplefilter("ignore")
for number in range(60):
    plt.figure(figsize=(2, 2))
    plt.plot([1, 2], [number, 0])
print("figures drawn")
plt.show()
