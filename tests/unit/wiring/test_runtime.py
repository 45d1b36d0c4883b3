"""One Lambda runtime, and no surprise at its end."""

import importlib.util
import json
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from scripts.deploy.package import PackageError, package
from scripts.wiring.runtime import DEPRECATED, RUNTIME, days_left, is_time_to_move


def test_the_runtime_has_half_a_year_left() -> None:
    """Fails ahead of time on purpose: choose the next runtime then."""
    today = datetime.now(UTC).date()
    assert not is_time_to_move(today), f"{RUNTIME} ends in {days_left(today)} days"


@pytest.mark.parametrize("runtime", DEPRECATED)
def test_the_notice_begins_180_days_ahead(runtime: str) -> None:
    first = DEPRECATED[runtime] - timedelta(days=180)
    assert is_time_to_move(first, runtime)
    assert not is_time_to_move(first - timedelta(days=1), runtime)


def test_the_notice_for_python_3_11_begins_with_2027() -> None:
    assert not is_time_to_move(date(2026, 12, 31), "python3.11")
    assert is_time_to_move(date(2027, 1, 1), "python3.11")
    assert is_time_to_move(date(2030, 1, 1), "python3.11")


def test_the_dates_are_those_of_the_linter() -> None:
    package_of = importlib.util.find_spec("cfnlint")
    assert package_of is not None and package_of.origin is not None
    specs = Path(package_of.origin).parent / "data" / "AdditionalSpecs"
    told = json.loads((specs / "LmbdRuntimeLifecycle.json").read_text())
    assert {name: day.isoformat() for name, day in DEPRECATED.items()} == {
        name: told[name]["deprecated"] for name in DEPRECATED
    }


@pytest.mark.parametrize("version", [(3, 13, 1), (3, 10, 0)])
def test_packaging_under_another_python_is_refused(
    version: tuple[int, int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = f"this is python{version[0]}.{version[1]}, "
    with monkeypatch.context() as patch, pytest.raises(PackageError, match=other) as refused:
        patch.setattr(sys, "version_info", version)
        package("users", "dev", tmp_path / "out")
    assert f"PYTHON3={RUNTIME}" in str(refused.value)
    assert not list((tmp_path / "out").iterdir())
