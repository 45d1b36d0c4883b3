"""One table layer, one process state, one place of names: no second way.

See docs/decisions/0035-one-process-state.md and 0036-one-table-layer.md.
"""

import re
from pathlib import Path

import pytest

from scripts.base.process import ROOT

# Pattern, and the modules that may match it.
ONLY = {
    r'client\("dynamodb"': {"shared/aws/dynamo.py", "shared/aws/models.py", "shared/aws/table.py",
                            # It asks a table for its stream's ARN, at `chalice deploy`.
                            "shared/http/application.py"},
    "ConditionalCheckFailed": {"shared/aws/dynamo.py", "shared/aws/instances.py"},
    "LastEvaluatedKey": {"shared/aws/table.py"},
    r"^Item = ": {"shared/aws/dynamo.py"},
    "cachetools": {"shared/base/process.py"},
    r"lru_cache\(maxsize=1\)": {"shared/text/links.py"},
    r"^ +global ": set(),
    # A pause before another attempt.
    r"time\.sleep\(": {"shared/base/backoff.py"},
    # Names of domains and queues stand in `core/names.py`.
    r'\b(send|offer|Walk|table_name|publish_changes|Event\.of)\(\s*"': set(),
    r'settings\(\)\.name\(DOMAIN, "': set(),
}  # fmt: skip
MODULES = [
    *ROOT.glob("apps/*/app.py"),
    *(
        path
        for folder in (ROOT / "shared", *ROOT.glob("apps/*/chalicelib"))
        for path in folder.rglob("*.py")
    ),
]


def matching(pattern: str, modules: list[Path]) -> set[str]:
    """Return the modules whose text matches a pattern."""
    found = (path for path in modules if re.search(pattern, path.read_text(), re.MULTILINE))
    return {str(path.relative_to(ROOT)) for path in found}


@pytest.mark.parametrize("pattern", ONLY)
def test_only_the_layer_itself_does_it(pattern: str) -> None:
    assert matching(pattern, MODULES) - ONLY[pattern] == set()


def test_each_exception_is_in_use() -> None:
    unused = {pattern: names - matching(pattern, MODULES) for pattern, names in ONLY.items()}
    assert {pattern: names for pattern, names in unused.items() if names} == {}
