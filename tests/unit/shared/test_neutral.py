"""Neutral `shared`: only `shared/contracts` names a domain."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.base.domain import domains
from scripts.base.process import ROOT

CONTRACTS = ROOT / "shared" / "contracts"
MODULES = sorted(path for path in (ROOT / "shared").rglob("*.py") if CONTRACTS not in path.parents)


def named(source: str) -> Iterator[str]:
    """Places where a literal is the name of a domain."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and node.value in domains():
            yield f"line {node.lineno}: {node.value}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_outside_of_the_contracts_names_a_domain(path: Path) -> None:
    assert list(named(path.read_text())) == []


def test_a_name_of_a_domain_is_found() -> None:
    source = 'TABLE = settings().name("users", "users")\n"""users"""\n'
    assert len(list(named(source))) == 3


@pytest.mark.parametrize(
    "path", sorted(CONTRACTS.glob("*.py")), ids=lambda path: str(path.relative_to(ROOT))
)
def test_each_contract_with_a_table_tells_its_owner_and_promise(path: Path) -> None:
    text = path.read_text()
    if "Table(" in text or "settings().name(" in text:
        words = ast.get_docstring(ast.parse(text)) or ""
        assert "Owner:" in words and "Promise:" in words, path.name
