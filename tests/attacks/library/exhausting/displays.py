"""Thousands of displays, each with an identifier of its own, and updates of all of them.

base  wheat
where a cell after solution_schedule
told  left out|display|too many|in time|cut
"""

from IPython.display import display

handles = [display(f"display {number}", display_id=True) for number in range(3000)]
for _ in range(3):
    for handle in handles:
        handle.update("updated display")
