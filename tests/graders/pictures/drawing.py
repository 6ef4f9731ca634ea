"""Reads a picture's SVG, and finds what must not be in it."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from graders.pictures import Picture

SVG = "{http://www.w3.org/2000/svg}"
WIDTH, HEIGHT = 600, 250
MAX_BYTES = 15_000
ELEMENTS = {"svg", "title", "desc", "style", "defs", "pattern", "rect", "path", "g", "text"}
ATTRIBUTES = {
    "svg": {"class", "width", "height", "viewBox", "role", "aria-labelledby"},
    "title": {"id"},
    "desc": {"id"},
    "pattern": {"id", "width", "height", "patternUnits", "patternTransform"},
    "rect": {"class", "width", "height", "rx"},
    "path": {"class", "d"},
    "g": {"class", "text-anchor", "font-size"},
    "text": {"x", "y"},
}
PATH = re.compile(r"(?:[MmLlHhVvAaZz]|-?\d+(?:\.\d+)?(?:e-?\d+)?| )+")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")


def read(svg: str) -> ElementTree.Element:
    """Parse a picture; raises ParseError where it is not well-formed."""
    return ElementTree.fromstring(svg)


def texts(svg: str) -> list[str]:
    """All texts that are drawn."""
    return [element.text or "" for element in read(svg).iter(f"{SVG}text")]


def key(svg: str) -> str:
    """What the names in a picture begin with."""
    return str(read(svg).get("class"))


def count(svg: str, kind: str) -> int:
    """How many shapes or groups of texts of a kind there are."""
    name = f"{key(svg)}-{kind}"
    return sum(name in (element.get("class") or "").split() for element in read(svg).iter())


def complaints(picture: Picture) -> list[str]:
    """What is wrong with a picture as a drawing; nothing, if all is well."""
    root, own = read(picture.svg), key(picture.svg)
    found = [] if len(picture.svg.encode()) <= MAX_BYTES else ["too large"]
    if (root.get("viewBox"), root.get("width"), root.get("height")) != (
        f"0 0 {WIDTH} {HEIGHT}",
        str(WIDTH),
        str(HEIGHT),
    ):
        found.append("of another size")
    for element in root.iter():
        name = element.tag.removeprefix(SVG)
        if name not in ELEMENTS or set(element.attrib) - ATTRIBUTES.get(name, set()):
            found.append(f"not allowed: {name} {element.attrib}")
        found += [f"of others: {one}" for one in names(element) if not re.fullmatch(f"{own}(-.+)?", one)]
        found += misplaced(name, element)
    style = root.findtext(f"{SVG}style") or ""
    if re.search(r"@import|https?:|data:|javascript|expression", style) or set(
        re.findall(r"url\((.*?)\)", style)
    ) - {f"#{own}-hatch"}:
        found.append("a style that reaches out")
    return found


def names(element: ElementTree.Element) -> list[str]:
    """The classes and ids of an element, and those that it refers to."""
    said = (element.get(attribute) or "" for attribute in ("class", "id", "aria-labelledby"))
    return " ".join(said).split()


def misplaced(name: str, element: ElementTree.Element) -> list[str]:
    """Numbers that are none, and places outside of the sheet."""
    if name == "path":
        path = element.get("d") or ""
        starts = re.findall(r"M(\S+?) ([^A-Za-z]+)", path)
        inside = all(-1 <= float(x) <= WIDTH + 1 and -1 <= float(y) <= HEIGHT + 1 for x, y in starts)
        return [] if PATH.fullmatch(path) and inside else [f"path {path[:80]}"]
    if name == "text":
        x, y = (element.get(attribute) or "" for attribute in "xy")
        known = NUMBER.fullmatch(x) and NUMBER.fullmatch(y)
        inside = known and -1 <= float(x) <= WIDTH + 1 and 0 <= float(y) <= HEIGHT
        return [] if inside and element.text else [f"text {element.text} at {x}, {y}"]
    return []
