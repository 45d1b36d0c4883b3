"""Plain English, as far as a program can tell (CONTRIBUTING.md)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.base.process import ROOT

FOLDERS = ("apps", "shared", "scripts", "bench", "tests")
LENGTH = 72
CLAUSE = re.compile(r"(What|Who|Whom|Whose|Whether|Where|Which|When|How) ")
ROOM_SIZE, MODULE_LINES = 20, 350
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def modules() -> Iterator[Path]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if not {"vendor", "deployments", "node_modules"} & set(path.parts):
                yield path


def first_lines(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, Documented) and (text := ast.get_docstring(node)):
            yield getattr(node, "lineno", 1), text.splitlines()[0]


@pytest.mark.parametrize("folder", FOLDERS)
def test_first_lines_of_docstrings_are_short_and_no_relative_clauses(folder: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{number}: {line}"
        for path in modules()
        if path.is_relative_to(ROOT / folder)
        for number, line in first_lines(path)
        if len(line) > LENGTH or CLAUSE.match(line)
    ]
    assert wrong == []


def test_rooms_and_modules_stay_small() -> None:
    rooms: dict[Path, int] = {}
    for path in modules():
        if path.name != "__init__.py":
            rooms[path.parent] = rooms.get(path.parent, 0) + 1
        assert len(path.read_text().splitlines()) <= MODULE_LINES, path
    assert {str(room): n for room, n in rooms.items() if n > ROOM_SIZE} == {}
