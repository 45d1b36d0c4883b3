"""One embedded AWS per session, all apps in this process, pumps running."""

import gc
import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import JSONFileLoader
from hypothesis import settings as hypothesis_settings

# Time is no property of ours on a shared machine; CI tries the same examples each time.
hypothesis_settings.register_profile(
    "rookery", deadline=None, derandomize=os.environ.get("CI") == "true"
)
hypothesis_settings.load_profile("rookery")

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.checks import permissions

# Tests that are skipped where a browser or another program is missing, and make calls.
NEEDING_TOOLS = ("tests/e2e/", "tests/deploy/")
# Those of them that `make test` never runs.
ON_REQUEST = ("tests/e2e/test_clients_own.py", "tests/e2e/test_replay.py")


def pytest_collection_finish() -> None:
    """Leave what is loaded out of garbage collections."""
    gc.collect()
    gc.freeze()


_load_file = JSONFileLoader._load_file


@cache
def _model(path: str, open_method: Any) -> Any:
    return _load_file(JSONFileLoader(), path, open_method)


def pytest_configure(config: pytest.Config) -> None:
    # Models read the settings when they are imported: the stage's names must be fixed before.
    os.environ.setdefault("STAGE", "dev")
    os.environ.setdefault("ACCOUNT_ID", "000000000000")
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "test")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "test")
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    os.environ.setdefault("RATE_LIMIT_MULTIPLIER", "1000")
    permissions.watch()
    # Restarted processes make their clients anew, thousands of times: one reads the models.
    JSONFileLoader._load_file = lambda _, path, method: _model(path, method)


def _complete(config: pytest.Config, status: int) -> bool:
    """Return True if every test that makes calls was run, and passed."""
    option = config.option
    chosen = (option.keyword, option.markexpr, option.deselect, option.ignore, option.ignore_glob,
              getattr(option, "lf", False), getattr(option, "stepwise", False))  # fmt: skip
    if status or any(chosen) or config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return False
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:
        return False
    skipped = [one.nodeid for one in reporter.stats.get("skipped", [])]
    # Other tests need no tool that may be missing, or nobody's permission.
    wanted = [name for name in skipped if not name.startswith(ON_REQUEST)]
    return not any(name.startswith(NEEDING_TOOLS) for name in wanted)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Tell the permission check that all calls have been recorded."""
    directory = os.environ.get(permissions.VARIABLE)
    # Of several processes the one that has all reports.
    alone = not hasattr(session.config, "workerinput")
    if directory and alone and _complete(session.config, int(exitstatus)):
        (Path(directory) / permissions.COMPLETE).touch()


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator["object"]:
    """The running platform (see `tests.platform.Platform`)."""
    from tests.platform import Platform, cheap_passwords

    state = tmp_path_factory.mktemp("state")
    with Platform.start(state, checks_answers=True) as running, cheap_passwords():
        yield running
