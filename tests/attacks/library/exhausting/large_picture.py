"""A picture of a billion pixels is displayed.

base  wheat
where a cell after solution_schedule
told  too large|MemoryError|Unable to allocate|ValueError|left out
"""

import matplotlib.pyplot as plt

plt.figure(figsize=(600, 600), dpi=100)
plt.plot([1, 2])
plt.show()
