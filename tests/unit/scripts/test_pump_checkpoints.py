"""Positions of stream readers on disk."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from scripts.base.domain import domains
from scripts.pump.checkpoints import _SUCCESSORS, Checkpoints
from scripts.wiring.declaration import load

ARN = "arn:aws:dynamodb:us-east-1:0:table/follows/stream/2026-11-30T00:00:00.000"


def test_a_reader_goes_on_where_the_one_before_it_ended(tmp_path: Path) -> None:
    path = tmp_path / "users.json"
    done = {f"count_follows|{ARN}": {"s": "7"}, f"publish_follows|{ARN}": {"s": "5"}}
    begun = {f"count_follows|{ARN}": {"s": "8"}}
    stored = {"dirty": False, "done": done, "begun": begun, "published": {"count_follows": 3}}
    path.write_text(json.dumps(stored))
    checkpoints = Checkpoints(path)
    assert checkpoints.position("follow_follows", ARN, "s") == "7"
    assert checkpoints.begun("follow_follows", ARN, "s") == "8"
    assert checkpoints.published("follow_follows") == 3
    checkpoints.advance("follow_follows", ARN, "s", "9", 4)
    again = Checkpoints(path)
    assert again.position("follow_follows", ARN, "s") == "9"
    assert again.published("follow_follows") == 4


def test_readers_that_took_over_exist_and_those_before_them_do_not() -> None:
    names = {one.name for domain in domains() for one in load(domain).handlers}
    assert set(_SUCCESSORS.values()) <= names
    assert not set(_SUCCESSORS) & names


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe\x00", b"\0" * 64, b"[]", b"null", b'{"dirty": 0}', b'{"done": []}',
     b'{"begun": {"h": 7}}', b'{"published": {"h": "x"}}'],
)  # fmt: skip
def test_a_damaged_file_is_set_aside_and_means_dirty(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "users.json"
    path.write_bytes(content)
    checkpoints = Checkpoints(path)
    assert checkpoints.dirty
    (aside,) = tmp_path.iterdir()
    assert aside.name.startswith("damaged-") and aside.name.endswith("-users.json")
    assert aside.read_bytes() == content
    assert aside.name in caplog.text
    # The next start finds what this one writes.
    checkpoints.advance("h", ARN, "s", "9", 4)
    assert Checkpoints(path).dirty and Checkpoints(path).position("h", ARN, "s") == "9"


def test_the_flag_is_on_the_disk_before_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, synced = tmp_path / "users.json", list[str]()
    sync = os.fsync

    def note(file: Any) -> None:
        sync(file)
        synced.append(Path(file.name).read_text())
        assert not path.exists(), "renamed before its content was written"

    monkeypatch.setattr(os, "fsync", note)
    Checkpoints(path).mark(dirty=True)
    assert [json.loads(one)["dirty"] for one in synced] == [True]
