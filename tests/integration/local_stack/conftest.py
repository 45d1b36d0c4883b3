"""A sample domain: an app like ours, that tells what its handlers saw."""

import sys
import textwrap
from typing import Any

import pytest

from scripts.base.domain import load_app
from tests.integration.local_stack.sample import APP, MERGE, SEEN, TEMPLATE


@pytest.fixture(scope="session")
def module(tmp_path_factory: Any) -> Any:
    """The sample domain's app; its place holds its resources, too."""
    apps = tmp_path_factory.mktemp("apps")
    home = apps / "sample"
    (home / "chalicelib" / "sample").mkdir(parents=True)
    (home / "app.py").write_text(textwrap.dedent(APP))
    (home / "merge.yaml").write_text(MERGE)
    (home / "resources.yaml").write_text(TEMPLATE)
    (home / "chalicelib" / "sample" / "seen.py").write_text(textwrap.dedent(SEEN))
    yield load_app("sample", apps)
    sys.path.remove(str(home))


@pytest.fixture
def seen(module: Any) -> Any:
    found = sys.modules["chalicelib.sample.seen"]
    for one in (found.batches, found.changes, found.filtered, found.ticks, found.refuse):
        one.clear()
    return found
