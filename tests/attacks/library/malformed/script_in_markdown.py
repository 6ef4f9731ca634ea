"""Scripts, frames, forms and addresses that run scripts, in text cells and their attachments.

base  wheat
told  100 of 100 points
"""

import json

TEXT = """script of mine <script>alert(1)</script> <img src=x onerror=alert(2)> <svg onload=alert(3)>
[a](javascript:alert(4)) [b](data:text/html;base64,PHNjcmlwdD4=) ![c](attachment:c.svg) <iframe src="//x">
<form action="https://example.invalid"><button>Log in</button></form> <base href="https://example.invalid">
<a href="  jav&#x09;ascript:alert(5)">d</a> <math><mtext></p><img src onerror=alert(6)></mtext></math>
<style>body {display: none}</style> <div style="position: fixed">e</div> <meta http-equiv=refresh content=0>
$x \\href{javascript:alert(7)}{y} <img src=x onerror=alert(8)>$ <details ontoggle=alert(9) open>
"""


def hand_in(folder, notebook, places):
    cell = {"id": "own", "cell_type": "markdown", "source": TEXT, "metadata": {}}
    picture = {"image/svg+xml": "PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+"}
    notebook["cells"].insert(9, {**cell, "attachments": {"c.svg": picture, '"onerror="alert(1)': picture}})
    (folder / "07_training.ipynb").write_text(json.dumps(notebook))
