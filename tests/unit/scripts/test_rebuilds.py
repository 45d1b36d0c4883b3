"""Every derived table has a rebuild, or a reason why it needs none."""

import re
import subprocess
import sys
from pathlib import Path

from scripts.base.cfn_yaml import load_template
from scripts.base.process import ROOT
from scripts.base.tables import DERIVED, is_table, kind
from scripts.deploy.provision import templates
from scripts.ops.rebuild import ways


def test_every_derived_table_and_no_other_has_a_rebuild_or_a_reason() -> None:
    derived = {
        re.sub(r".*\}-", "", str(one["Properties"]["TableName"]["Fn::Sub"]))
        for path in templates().values()
        for one in load_template(path)["Resources"].values()
        if is_table(one) and kind(one) == DERIVED
    }
    assert len(derived) > 20
    assert set(ways()) == derived
    for name, way in ways().items():
        assert not isinstance(way, str) or len(way) > 40, f"{name}: {way}"


def command(*arguments: str, state: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scripts.ops.rebuild", *arguments],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "ROOKERY_STATE": str(state)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_tells_names_and_reasons_while_nothing_runs(tmp_path: Path) -> None:
    for unknown in ([], ["tweets-tweets"]):
        done = command(*unknown, state=tmp_path)
        assert done.returncode == 1
        assert "is no derived table; there are: " in done.stderr
        assert "tweets-heads" in done.stderr and "users-search" in done.stderr
    done = command("users-limits", state=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("users-limits needs no rebuild. ")
    done = command("tweets-heads", state=tmp_path)
    assert done.returncode == 1 and "nothing is running" in done.stderr
