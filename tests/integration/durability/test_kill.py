"""`kill -9` of the embedded AWS loses and doubles no acknowledged write."""

import os
import random
from pathlib import Path
from typing import Any

import pytest

from tests.integration.durability.durability_support import (
    BUCKET,
    GONE,
    PLAIN,
    Aws,
    Writer,
)

pytestmark = [pytest.mark.integration, pytest.mark.timeout(1800)]
ROUNDS = 50 if os.environ.get("SCALE") == "full" else 2


def state_of(aws: Aws, names: set[tuple[str, str]]) -> dict[tuple[str, str], Any]:
    """Return the AWS's current value of every name ever written."""
    found: dict[tuple[str, str], Any] = dict.fromkeys(names, GONE)
    found.update({("item", key): one["v"]["S"] for key, one in aws.all_items().items()})
    counts = aws.all_items(PLAIN)
    found.update({("count", key): int(one["x"]["N"]) for key, one in counts.items()})
    bodies = list(aws.all_messages().values())
    assert len(bodies) == len(set(bodies)), "a message was doubled"
    found.update({("message", one): 1 for one in bodies})
    for kind, key in names:
        if kind == "object":
            try:
                body = aws.objects.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()
            except aws.objects.exceptions.NoSuchKey:
                continue
            value = body[: len(body) // 40]
            assert body == value * 40, f"object {key} is torn"
            found["object", key] = value
    return found


def check_streams(aws: Aws, have: dict[tuple[str, str], Any]) -> int:
    """Records are in order, and the last of each item shows what it is."""
    last: dict[str, Any] = {}
    records = aws.stream_records()
    numbers = [one["SequenceNumber"] for one in records]
    assert numbers == sorted(set(numbers))
    for one in records:
        image = one.get("NewImage")
        last[one["Keys"]["id"]["S"]] = image["v"]["S"] if image else GONE
    assert {key: have.get(("item", key), GONE) for key in last} == last
    return len(records)


def test_kills_at_random_moments_lose_and_double_nothing(tmp_path: Path) -> None:
    dice, expected, done = random.Random(11), dict[tuple[str, str], Any](), 0
    aws = Aws(tmp_path).start()
    aws.make_stores()
    for number in range(ROUNDS):
        writers = [Writer(aws, f"w{place}", number) for place in range(4)]
        for one in writers:
            one.sure = {("count", one.own): expected.get(("count", one.own), 0)}
            one.start()
        for one in writers:
            one.join(dice.uniform(0.15, 1.5))
        aws.kill()
        for one in writers:
            one.join()
        sizes = ("200000", "1000000", "60000000")
        aws.start("--checkpoint-bytes", dice.choice(sizes))

        maybe: dict[tuple[str, str], set[Any]] = {}
        taken = set()
        for one in writers:
            done += one.done
            for name, value in one.open.items():
                maybe.setdefault(name, set()).add(value)
            messages = {name for name in one.sure if name[0] == "message"}
            taken |= {name for name in messages if one.sure[name] == GONE}
            expected.update({n: v for n, v in one.sure.items() if n not in taken})
        expected.update(dict.fromkeys(taken, GONE))
        have = state_of(aws, set(expected) | set(maybe))
        wrong = {
            name: (value, have[name], maybe.get(name))
            for name, value in expected.items()
            if have[name] != value and have[name] not in maybe.get(name, ())
        }
        assert not wrong, (number, list(wrong.items())[:5])
        check_streams(aws, have)
        # Whichever way it went with what was open is the truth now.
        expected = {name: have.get(name, GONE) for name in {*expected, *maybe}}
    assert done > 50 * ROUNDS, "hardly any load"
    assert aws.end() == 0
    print(f"{ROUNDS} kills, {done} acknowledged, {len(expected)} names compared, 0 wrong")
