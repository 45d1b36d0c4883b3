"""Data exports: each domain puts its part into a bucket as JSON files.

Owner: users, whose bucket ``exports`` it is. Each section (``tweets``, ``likes``, …) is read
in pages; a page is a file: ``data/tweets.json``, ``data/tweets-part1.json``, … Every file is
a JSON array. Last, a domain writes its mark: S3 notifies users, and the part is complete.

Promise: users reads `prefix` when the marks of all domains are there. A page written twice
is the same file.
"""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from shared.aws import sdk
from shared.aws.walks import Job, Position, Step, Walk
from shared.base.config import settings

# One page of a section for a user, from a position; the items, and the position of the next page.
Section = Callable[[str, Position | None], tuple[list[dict[str, Any]], Position | None]]

MARK = ".done"


def bucket() -> str:
    """Return the name of the bucket of exports."""
    return settings().bucket("users", "exports")


def prefix(job: Job) -> str:
    """Return the prefix of an export's parts in the bucket."""
    return f"parts/{job['user_id']}/{job['export_id']}/"


def walk(domain: str, sections: Mapping[str, Section]) -> Walk:
    """Return the walk that writes a domain's part; its queue is ``exports``."""
    steps: dict[str, Step] = {
        name: partial(_write_page, name, section) for name, section in sections.items()
    }
    return Walk(domain, "exports", {**steps, MARK: partial(_mark, domain)})


def _write_page(
    name: str, section: Section, job: Job, position: Position | None
) -> Position | None:
    number = position["part"] if position else 0
    items, after = section(job["user_id"], position["after"] if position else None)
    suffix = f"-part{number}" if number else ""
    if items or not number:
        body = json.dumps(items, ensure_ascii=False, indent=1, default=_plain)
        _put(f"{prefix(job)}data/{name}{suffix}.json", body)
    return None if after is None else {"part": number + 1, "after": after}


def _mark(domain: str, job: Job, position: Position | None) -> None:
    del position
    _put(f"{prefix(job)}{domain}{MARK}", "{}")


def _put(key: str, body: str) -> None:
    sdk.client("s3").put_object(
        Bucket=bucket(), Key=key, Body=body.encode(errors="replace"), ContentType="application/json"
    )


def _plain(value: Any) -> Any:
    """Return sets, which JSON lacks, as lists."""
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"cannot export {type(value).__name__}")
