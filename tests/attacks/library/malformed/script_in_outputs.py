"""Scripts come as outputs, errors and names of errors, which feedback shows.

base  wheat
where a cell after solution_schedule
told  outputs of mine
"""

from IPython.display import HTML, SVG, Javascript, Markdown, display

print("outputs of mine")
display(HTML("<script>alert(1)</script><img src=x onerror=alert(2)><a href='javascript:alert(3)'>x</a>"))
display(SVG("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(4)'><script>alert(5)</script></svg>"))
display(Javascript("alert(6)"))
display(Markdown("<iframe srcdoc='<script>alert(7)</script>'></iframe> [x](javascript:alert(8))"))
display(
    {"image/png": 'x" onerror="alert(9)', "text/plain": "a"},
    metadata={"image/png": {"width": '1" x'}},
    raw=True,
)
display({"text/html": ["<script>", "alert(10)", "</script>"]}, raw=True)
display({"application/javascript": "alert(11)", "text/latex": "$\\href{javascript:alert(12)}{x}$"}, raw=True)
print("\x1b[31m<script>alert(13)</script>\x1b]8;;javascript:alert(14)\x07link\x1b]8;;\x07")
raise type("<img src=x onerror=alert(15)>", (Exception,), {})("<script>alert(16)</script>")
