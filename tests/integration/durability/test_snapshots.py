"""Snapshots are made beside the requests."""

import os
from pathlib import Path

import pytest

from scripts.base.process import wait_until
from tests.integration.durability.durability_support import PLAIN, Aws

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]
ITEMS = 100_000 if os.environ.get("SCALE") == "full" else 5_000
# What the issue allows; in CPU time, as other processes' turns are no pause of ours.
PAUSE_MS = 50


def test_a_snapshot_of_many_items_holds_no_request_up(tmp_path: Path) -> None:
    aws = Aws(tmp_path).start()
    aws.make_stores()
    for first in range(0, ITEMS, 25):
        puts = [
            {"PutRequest": {"Item": {"id": {"S": f"{number:06d}"}, "v": {"S": "x" * 400}}}}
            for number in range(first, first + 25)
        ]
        aws.items.batch_write_item(RequestItems={PLAIN: puts})
    aws.kill()
    made = tmp_path / "aws" / "snapshots"
    before = set(made.glob("[0-9]*"))
    aws.start("--checkpoint-bytes", "100000")
    assert wait_until(lambda: set(made.glob("[0-9]*")) > before, 120)
    status = aws.status()
    print(status)
    assert 0 < status["longest_slice_ms"] < PAUSE_MS
    aws.kill()
    assert len(aws.start().all_items(PLAIN)) == ITEMS
    assert aws.end() == 0
