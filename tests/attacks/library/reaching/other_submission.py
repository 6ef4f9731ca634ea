"""Another student's notebook is read and its answer taken over.

base  untouched
where a cell after solution_checkpoint
told  FileNotFoundError
case  nbgrader#978, nbgrader#1225
"""

import json

for cell in json.load(open("@OTHER@"))["cells"]:
    if cell["cell_type"] == "code":
        get_ipython().run_cell("".join(cell["source"]))
        print(cell["source"])
