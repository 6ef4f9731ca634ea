"""Imports run one way, and the wall between students' side and trusted side has no door."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# Students' code: read as data, imported by nothing, and free to import what it likes.
DATA = ("graders.wheats", "graders.chaffs")
# What a student's machine has, besides Python.
STUDENT_SIDE = {"numpy", "matplotlib", "IPython"}


def modules_of(package: Path) -> dict[str, Path]:
    """Return the modules of a package, by their dotted names."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if not within(name, *DATA):
            found[name] = path
    return found


def within(name: str, *packages: str) -> bool:
    """Whether a module is one of the packages, or inside of one."""
    return any(name == package or name.startswith(package + ".") for package in packages)


def imports_of(name: str, path: Path, ours: dict[str, Path]) -> set[str]:
    """Return what a module imports, wherever in it: modules of ours in full, others as they are written."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = absolute(node, name, is_package=path.name == "__init__.py")
            names = {f"{base}.{alias.name}" for alias in node.names}
            # What is taken from a package can be a module, as in `from graders.criteria import modes`.
            found |= {full if full in ours else base for full in names}
    return found


def absolute(node: ast.ImportFrom, importer: str, *, is_package: bool) -> str:
    """Return the module that `from ... import` names, with leading dots resolved."""
    if not node.level:
        return node.module or ""
    package = importer.split(".") if is_package else importer.split(".")[:-1]
    package = package[: len(package) - node.level + 1]
    return ".".join([*package, *([node.module] if node.module else [])])


def graph_of(package: Path) -> dict[str, set[str]]:
    """Return for each module of a package what it imports."""
    ours = modules_of(package)
    return {name: imports_of(name, path, ours) for name, path in ours.items()}


def cycle_in(graph: dict[str, set[str]]) -> list[str]:
    """Return modules that import each other in a circle, or an empty list."""
    edges = {name: {other for other in imports if other in graph} for name, imports in graph.items()}
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def breaches(graph: dict[str, set[str]], importers: tuple[str, ...], allowed: tuple[str, ...]) -> list[str]:
    """Return the imports of modules of `graders` that are not allowed to these importers."""
    return [
        f"{name} imports {other}"
        for name in sorted(graph)
        if within(name, *importers)
        for other in sorted(graph[name])
        if within(other, "graders") and not within(other, *allowed)
    ]


@pytest.fixture(scope="module")
def graders() -> dict[str, set[str]]:
    return graph_of(ROOT / "graders")


@pytest.fixture(scope="module")
def tinystack() -> dict[str, set[str]]:
    return graph_of(ROOT / "source" / "07_training" / "tinystack")


def test_tinystack_imports_nothing_of_graders(tinystack: dict[str, set[str]]) -> None:
    assert not breaches(tinystack, importers=("tinystack",), allowed=())


def test_tinystack_needs_nothing_but_numpy_matplotlib_and_jupyter(tinystack: dict[str, set[str]]) -> None:
    tops = {other.partition(".")[0] for imports in tinystack.values() for other in imports}
    assert tops - sys.stdlib_module_names - {"tinystack"} <= STUDENT_SIDE


def test_the_framework_knows_nothing_of_lab_and_selfcheck(tinystack: dict[str, set[str]]) -> None:
    upper = ("tinystack.lab", "tinystack.selfcheck")
    lower = {name: imports for name, imports in tinystack.items() if not within(name, *upper)}
    assert not [(name, other) for name in lower for other in lower[name] if within(other, *upper)]


def test_graders_reads_tinystack_through_the_assignment_folder_only(graders: dict[str, set[str]]) -> None:
    assert not [(name, other) for name in graders for other in graders[name] if within(other, "tinystack")]


def test_graders_draws_without_matplotlib(graders: dict[str, set[str]]) -> None:
    assert not [(name, other) for name in graders for other in graders[name] if within(other, "matplotlib")]


def test_wheats_and_chaffs_are_data_that_nothing_imports(graders: dict[str, set[str]]) -> None:
    assert not [(name, other) for name in graders for other in graders[name] if within(other, *DATA)]


@pytest.mark.parametrize("record", ["graders.evidence", "graders.verdict"])
def test_records_at_the_bottom_import_nothing_of_ours(graders: dict[str, set[str]], record: str) -> None:
    assert record in graders
    assert not breaches(graders, importers=(record,), allowed=())


def test_criteria_import_criteria_verdict_and_evidence_only(graders: dict[str, set[str]]) -> None:
    allowed = ("graders.criteria", "graders.verdict", "graders.evidence")
    assert not breaches(graders, importers=("graders.criteria",), allowed=allowed)


def test_what_shares_a_process_with_students_imports_nothing_of_the_trusted_side(
    graders: dict[str, set[str]],
) -> None:
    inside = "graders.runner.inside"
    assert inside in graders
    assert not breaches(graders, importers=(inside, "graders.runner.zygote"), allowed=(inside,))


def test_nothing_imports_the_command_line_but_main(graders: dict[str, set[str]]) -> None:
    others = [name for name in graders if not within(name, "graders.cli", "graders.__main__")]
    assert not [name for name in others if any(within(other, "graders.cli") for other in graders[name])]


@pytest.mark.parametrize("package", ["graders", "tinystack"])
def test_no_modules_import_each_other_in_a_circle(package: str, request: pytest.FixtureRequest) -> None:
    assert cycle_in(request.getfixturevalue(package)) == []


def test_packages_that_graders_imports_are_declared(graders: dict[str, set[str]]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    wanted = [*project["dependencies"], *(text for texts in extras for text in texts)]
    declared = {re.split(r"[^\w-]", text)[0].lower() for text in wanted}
    tops = {other.partition(".")[0] for imports in graders.values() for other in imports}
    assert {top.lower().replace("_", "-") for top in tops - sys.stdlib_module_names - {"graders"}} <= declared


def write_package(folder: Path, **modules: str) -> Path:
    """Make a package `graders` from the sources of its modules; `a__b` is the module `a/b`."""
    for name, source in {"__init__": "", **modules}.items():
        path = folder / "graders" / (name.replace("__", "/") if name != "__init__" else name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".py").write_text(source)
    return folder / "graders"


def test_this_test_sees_imports_inside_of_functions_and_relative_ones(tmp_path: Path) -> None:
    package = write_package(
        tmp_path,
        a="def f():\n    import graders.b",
        b="from . import c",
        c="from .sub.d import x",
        sub__d="x = 1",
    )
    graph = graph_of(package)
    assert graph["graders.a"] == {"graders.b"}
    assert graph["graders.b"] == {"graders.c"}
    assert graph["graders.c"] == {"graders.sub.d"}
    assert breaches(graph, importers=("graders.a",), allowed=()) == ["graders.a imports graders.b"]


def test_this_test_sees_a_circle(tmp_path: Path) -> None:
    package = write_package(tmp_path, a="from graders import b", b="from .c import x", c="import graders.a")
    assert set(cycle_in(graph_of(package))) == {"graders.a", "graders.b", "graders.c"}


def test_this_test_leaves_wheats_and_chaffs_alone(tmp_path: Path) -> None:
    package = write_package(tmp_path, wheats__plain="import graders.cli", chaffs__zero_grad="not Python")
    assert set(graph_of(package)) == {"graders"}
