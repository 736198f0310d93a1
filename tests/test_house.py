"""Where things may stand: two packages, imports that point one way, and nothing at the top that no reader imports."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CODE = ROOT / "code"
PACKAGES = ("cnnbook", "booksite")


def modules():
    """Every module of both packages by its dotted name, with its file."""
    for package in PACKAGES:
        for path in sorted((CODE / package).rglob("*.py")):
            parts = path.relative_to(CODE).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


MODULES = dict(modules())


def imports(name, source, *, everywhere=True):
    """Modules of ours that a module imports; with `everywhere` also inside its functions."""
    tree = ast.parse(source)
    nodes = ast.walk(tree) if everywhere else tree.body
    imported = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name} has a relative import; write the whole name"
            submodules = {f"{node.module}.{alias.name}" for alias in node.names} & MODULES.keys()
            imported |= submodules if len(submodules) == len(node.names) else submodules | {node.module}
    return (imported & MODULES.keys()) - {name}


def graph(*, everywhere):
    return {name: imports(name, path.read_text("utf-8"), everywhere=everywhere) for name, path in MODULES.items()}


def cycle(edges):
    """A circle of imports as a list of names, the first one again at the end; None where there is none."""
    done = set()

    def follow(name, trail):
        if name in trail:
            return [*trail[trail.index(name) :], name]
        if name in done:
            return None
        for target in sorted(edges[name]):
            circle = follow(target, [*trail, name])
            if circle:
                return circle
        done.add(name)
        return None

    return next((circle for name in edges if (circle := follow(name, []))), None)


def without_own_package(edges):
    """The imports, except those of a package by its own modules: a package's errors and constants may stand there."""
    return {
        name: {target for target in targets if not name.startswith(f"{target}.")} for name, targets in edges.items()
    }


def test_imports_run_in_no_circle():
    assert cycle(without_own_package(graph(everywhere=True))) is None
    assert cycle(graph(everywhere=False)) is None


@pytest.mark.parametrize(
    ("edges", "circle"),
    [
        ({"a": {"b"}, "b": {"c"}, "c": set()}, None),
        ({"a": {"b"}, "b": {"c"}, "c": {"b"}}, ["b", "c", "b"]),
    ],
)
def test_a_circle_is_seen(edges, circle):
    assert cycle(edges) == circle


def test_what_readers_import_never_imports_what_builds_the_site():
    edges = graph(everywhere=True)
    assert any(target.startswith("cnnbook") for name in edges if name.startswith("booksite") for target in edges[name])
    for name, targets in edges.items():
        if name.startswith("cnnbook"):
            assert not [target for target in targets if target.startswith("booksite")], name


#: Which rooms of `cnnbook` may import which; a room that is not a key may import any.
ONE_WAY = {
    "shapes": set(),
    "mistakes": set(),
    "reference": {"shapes"},
    "handout": {"shapes", "reference"},
    "data": set(),
    "models": {"data"},
    "architecture": {"shapes"},
    "engine": {"architecture"},
    "saliency": set(),
    "intervals": set(),
    "training": {"data", "models"},
    "records": {"architecture", "data", "training"},
    "experiments": {"data", "intervals", "models", "records", "reference", "training"},
    "conventions": {"reference", "shapes"},
    "plotting": {"data", "handout", "intervals", "reference", "shapes"},
    "practice": {"data", "handout", "mistakes", "reference", "shapes"},
    "checkers": {"architecture", "data", "handout", "mistakes", "practice", "reference", "shapes"},
}


def test_imports_point_one_way():
    for name, targets in graph(everywhere=True).items():
        room = name.split(".")[1] if name.startswith("cnnbook.") else None
        if room in ONE_WAY:
            rooms = {target.split(".")[1] for target in targets if target.startswith("cnnbook.")}
            assert rooms <= ONE_WAY[room] | {room}, name


def test_a_name_at_the_top_is_one_that_a_page_or_the_practical_imports():
    sources = [*(ROOT / "book").rglob("*.md"), CODE / "cnnbook" / "handin" / "practical.md"]
    text = "\n".join(path.read_text("utf-8") for path in sources)
    imported = set(re.findall(r"^(?:from|import) cnnbook\.(\w+)", text, re.M))
    for names in re.findall(r"^from cnnbook import (?:\(([^)]*)\)|(.+))", text, re.M):
        imported |= set(re.findall(r"\w+", "".join(names)))
    if "{lab}" in text:  # which the notebook of the page imports, and what gives it a model of the reader's
        imported |= {"lab", "engine", "explorer"}
    top = {name.split(".")[1] for name in MODULES if name.startswith("cnnbook.")}
    assert top - {"__main__"} <= imported
    assert {"shapes", "records"} <= top


def test_the_wheel_holds_what_readers_import_and_nothing_else():
    settings = (ROOT / "pyproject.toml").read_text("utf-8")
    assert 'include = ["cnnbook", "cnnbook.*"]' in settings


def test_code_is_a_folder_and_not_a_package():
    """With an ``__init__.py`` it would hide the module `code` of Python's library, and pdb and pytest with it."""
    assert not list(CODE.glob("*.py"))
