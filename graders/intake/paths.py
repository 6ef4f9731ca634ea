"""Names of files as others chose them, made safe: no way out of a folder, no control characters."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

from graders.intake.limits import MAX_DEPTH, MAX_NAME_BYTES

Parts = tuple[str, ...]

CLUTTER_FOLDERS = {"__macosx", ".ipynb_checkpoints", "__pycache__"}
CLUTTER_FILES = {".ds_store", "thumbs.db", "desktop.ini"}

DRIVE = re.compile(r"^[A-Za-z]:")
COPY = re.compile(r"(?: ?\(\d+\)|[-_ ]+copy ?\d*)$", re.IGNORECASE)
"""What browsers, Jupyter and file managers put behind the name of a second copy."""

NUMBER = re.compile(r"[-_]\d{1,2}$")
"""What Canvas puts behind the name of a file that is handed in again; others write it by hand."""

MAX_SHOWN = 80

MAX_SUFFIX_BYTES = 16


class UnsafePathError(Exception):
    """A path that is not used. owner: its first part, where that is safe and tells whose file it is."""

    def __init__(self, reason: str, owner: Parts = ()) -> None:
        super().__init__(reason)
        self.owner = owner


def clean(raw: str) -> Parts:
    """Return the parts of a path below a source, each a name that can be written.

    Backslashes separate as slashes do: archives from Windows have them. Raises UnsafePathError.
    """
    path = raw.replace("\\", "/")
    if path.startswith("/") or DRIVE.match(path):
        raise UnsafePathError("its name is an absolute path")
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if ".." in parts:
        owner = parts[: parts.index("..")][:1]
        raise UnsafePathError("its name leads out of its folder", tuple(clean_name(part) for part in owner))
    if not parts:
        raise UnsafePathError("it has no name")
    if len(parts) > MAX_DEPTH:
        raise UnsafePathError(f"it is more than {MAX_DEPTH} folders deep", (clean_name(parts[0]),))
    return tuple(clean_name(part) for part in parts)


def clean_name(name: str) -> str:
    """Return a name without control characters and undecodable bytes, in one Unicode form, not over-long.

    What stands for a folder itself, or the one above, becomes a name like others.
    """
    text = "".join("_" if unicodedata.category(char) in ("Cc", "Cf", "Cs") else char for char in name)
    text = unicodedata.normalize("NFC", text).replace("/", "_")
    return "_" if text in ("", ".", "..") else shortened(text, MAX_NAME_BYTES)


def shortened(name: str, limit: int) -> str:
    """Cut a name to so many bytes in UTF-8; a digest keeps it apart from others, and its suffix stays."""
    if len(name.encode()) <= limit:
        return name
    end = f"-{digest_of(name)}{_short_suffix(name)}"
    return name.encode()[: limit - len(end.encode())].decode("utf-8", "ignore") + end


def _short_suffix(name: str) -> str:
    """A file's suffix, as it is written; empty where it is too long to be one."""
    dot = name.rfind(".")
    return name[dot:] if dot > 0 and len(name[dot:].encode()) <= MAX_SUFFIX_BYTES else ""


def digest_of(text: str) -> str:
    """Eight hex digits that keep names apart."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def is_clutter(parts: Iterable[str]) -> bool:
    """Whether a file was left by the system or by Jupyter, and not by the student."""
    *folders, name = [part.casefold() for part in parts]
    return not CLUTTER_FOLDERS.isdisjoint((*folders, name)) or name in CLUTTER_FILES or name.startswith("._")


def suffix_of(name: str) -> str:
    """The suffix of a file's name, in lower case."""
    dot = name.rfind(".")
    return name[dot:].lower() if dot >= 0 else ""


def is_renamed(name: str) -> bool:
    """Whether a file may be a notebook with another suffix, as browsers give: `.ipynb.txt`, `.json`."""
    suffix = suffix_of(name)
    return suffix != ".ipynb" and (suffix in ("", ".txt", ".json") or ".ipynb" in name.lower())


def stem_of(name: str) -> str:
    """The name of a file without its suffix."""
    dot = name.rfind(".")
    return name[:dot] if dot > 0 else name


def without_copy_mark(stem: str) -> str:
    """`07_training` for `07_training (1)`, `07_training-Copy1` and the like."""
    while (shorter := COPY.sub("", stem)) not in (stem, ""):
        stem = shorter
    return stem


def is_variant(name: str, expected: str) -> bool:
    """Whether a file's name is the expected one but for case and the marks of a copy."""
    if suffix_of(name.strip()) != suffix_of(expected):
        return False
    stem, wanted = stem_of(name.strip()).casefold(), stem_of(expected).casefold()
    return wanted in (stem, without_copy_mark(stem), NUMBER.sub("", stem), NUMBER.sub("", COPY.sub("", stem)))


def shown(parts: Iterable[str] | str) -> str:
    """A path for a message, not longer than a line."""
    text = parts if isinstance(parts, str) else "/".join(parts)
    text = "".join(char if char.isprintable() else "?" for char in text)
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"


def unique_paths(paths: Iterable[Parts]) -> list[Parts]:
    """Give each file a path of its own, also where case does not count; later ones get a number.

    A name is not at once a file's and a folder's.
    """
    files: set[Parts] = set()
    folders: set[Parts] = set()
    found = []
    for path in paths:
        for depth in range(1, len(path)):
            path = _numbered(path, depth, files)
        path = _numbered(path, len(path), files | folders)
        folders |= {_folded(path[:depth]) for depth in range(1, len(path))}
        files.add(_folded(path))
        found.append(path)
    return found


def _numbered(path: Parts, depth: int, taken: set[Parts]) -> Parts:
    """The path with a number in the name at a depth, if the name is taken."""
    name, number, candidate = path[depth - 1], 1, path
    is_file = depth == len(path)
    while _folded(candidate[:depth]) in taken:
        number += 1
        suffix = _short_suffix(name) if is_file else ""
        end = f"-{number}{suffix}"
        stem = name[: len(name) - len(suffix)].encode()[: MAX_NAME_BYTES - len(end.encode())]
        numbered = f"{stem.decode('utf-8', 'ignore')}{end}"
        candidate = (*path[: depth - 1], numbered, *path[depth:])
    return candidate


def _folded(path: Parts) -> Parts:
    return tuple(part.casefold() for part in path)
