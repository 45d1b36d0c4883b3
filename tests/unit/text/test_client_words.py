"""The web client has words for every cause and rule that the server names."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from shared.net.answers import Kind

ROOT = Path(__file__).resolve().parents[3]
CRAWLER = ROOT / "apps" / "crawler" / "chalicelib" / "crawler"
WORDS = (ROOT / "web" / "src" / "lib" / "words.ts").read_text()


def calls(folder: Path, name: str) -> Iterator[ast.Call]:
    """Calls of a function or class by its last name."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                called = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if called == name:
                    yield node


def texts(node: ast.AST) -> Iterator[str]:
    """Constant texts of an expression; of a composed one its beginning."""
    if isinstance(node, ast.JoinedStr):
        node = node.values[0]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.BoolOp | ast.IfExp):
        for one in ast.iter_child_nodes(node):
            yield from texts(one)


def causes() -> set[str]:
    """Codes that crawls and their pages name."""
    found = set(get_args(Kind))
    for call in calls(CRAWLER, "stop"):
        found.update(one for given in call.args[1:2] for one in texts(given))
    for call in calls(CRAWLER, "end"):
        found.update(one for given in call.args[2:3] for one in texts(given))
    for name in ("PageResult", "replace"):
        for call in calls(CRAWLER, name):
            given = [one.value for one in call.keywords if one.arg == "error"]
            found.update(text for one in given for text in texts(one))
    bounds = ast.parse((CRAWLER / "runs" / "bounds.py").read_text())
    for node in ast.walk(bounds):
        if isinstance(node, ast.Return) and node.value is not None:
            found.update(texts(node.value))
    return {one.partition(":")[0] for one in found}


def known(name: str) -> str:
    """A table of the client."""
    return WORDS.partition(f"const {name}")[2].partition("\n}")[0].partition("\n]")[0]


def test_every_cause_of_a_crawl_has_words() -> None:
    found = causes()
    # Some of each place, or nothing is compared.
    assert {"dns", "byte_quota", "incomplete", "max_cost", "gave_up", "not_read"} <= found
    table = set(re.findall(r"^  '?([a-z_ ]+?)'?:", known("CAUSES"), re.MULTILINE))
    # The client makes sentences of their parts.
    composed = {"http_", "robots_unreachable"}
    assert found - composed <= table


def test_every_refusal_of_the_cleaning_rule_has_words() -> None:
    refused = {
        text
        for call in calls(ROOT / "shared" / "text", "UnclearTextError")
        for text in texts(call.args[0])
    }
    assert len(refused) >= 3
    rules = known("RULES")
    assert [one for one in refused if f"/^{one}$/" not in rules] == []
