"""Positions of stream readers on disk."""

import json
from pathlib import Path

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
