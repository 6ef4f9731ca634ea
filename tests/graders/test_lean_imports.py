"""What nbgrader's start is spared of is there for whoever asks for it."""

from __future__ import annotations

import subprocess
import sys

SPARED = """
import sys
import graders.lean_imports.nbgrader
spared = ("setuptools", "nbgrader.server_extensions.formgrader", "requests", "tornado.web", "isoduration")
print(*(name for name in spared if name in sys.modules))
import graders.lean_imports.nbconvert
print(*(name for name in ("bs4", "setuptools") if name in sys.modules))
"""

CALLED = """
import pathlib, sys, tempfile, zipfile
import graders.lean_imports.nbgrader
import nbgrader, nbgrader.utils
folder = pathlib.Path(tempfile.mkdtemp())
with zipfile.ZipFile(folder / "a.zip", "w") as archive:
    archive.writestr("x.txt", "x")
(folder / "out").mkdir()
nbgrader.utils.unzip(str(folder / "a.zip"), str(folder / "out"))
print((folder / "out" / "x.txt").read_text())
import nbgrader.server_extensions.formgrader as real
seen = []
real.load_jupyter_server_extension = seen.append
nbgrader.load_formgrader("app")
print(*seen)
import isoduration
print(isoduration.__name__)
import nbgrader.auth.jupyterhub as hub
import requests
print(hub.requests.request is not requests.request, hub.requests.__name__ == requests.__name__)
import graders.lean_imports.nbconvert
from nbconvert.exporters.html import BeautifulSoup
print(BeautifulSoup("<p>read</p>", features="html.parser").p.text)
"""


def output(code: str) -> list[str]:
    """Run code in an interpreter of its own; return the lines that it prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_nothing_of_it_is_imported_with_nbgrader_and_nbconvert() -> None:
    assert output(SPARED) == ["", ""]


def test_what_has_a_stand_in_does_what_the_real_one_does() -> None:
    assert output(CALLED) == ["x", "app", "isoduration", "True True", "read"]
