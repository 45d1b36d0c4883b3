"""Write the idle stage's counts and costs in `docs/deploy.md`.

python -m scripts.checks.docs_idle

Prices are list prices of us-east-1 in November 2026, in dollars per month.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from chalice.app import DynamoDBEventConfig

from scripts.base.cfn_yaml import load_template
from scripts.base.domain import domains, load_app
from scripts.base.process import ROOT
from scripts.deploy.alarms import CHANNELS, CRAWL_ALARMS, with_alarms
from scripts.deploy.command import shared_and_own

PAGE = ROOT / "docs" / "deploy.md"
KEY_PRICE, ALARM_PRICE, REQUESTS_PRICE = 1.00, 0.10, 0.40 / 1_000_000
FREE_ALARMS, FREE_REQUESTS = 10, 1_000_000
# Lambda's pollers: 15 requests per minute and queue, as a rule of thumb.
POLLS = 15 * 60 * 24 * 30


def counts() -> dict[str, int]:
    """Count the parts of a stage that are paid for, or that work when idle."""
    found: Counter[str] = Counter()
    for path in shared_and_own().values():
        for resource in with_alarms(load_template(path), "prod")["Resources"].values():
            kind = resource["Type"].rpartition("::")[2]
            # Nobody polls dead-letter queues.
            polled = kind != "Queue" or "RedrivePolicy" in resource["Properties"]
            found[kind if polled else "DeadLetters"] += 1
    sources = [source for name in domains() for source in load_app(name).app.event_sources]
    streams = sum(isinstance(source, DynamoDBEventConfig) for source in sources)
    apis = len(domains())
    functions = len(sources) + apis
    return {
        "tables": found["Table"] + found["GlobalTable"],
        "truths": found["GlobalTable"],
        "queues": found["Queue"],
        "keys": found["Key"],
        "resource_alarms": found["Alarm"],
        "functions": functions,
        "apis": apis,
        # Errors of functions; age, diverted and dropped records of streams; failures, latency and
        # throttling of APIs; failures and slowness of channels; crawls that stand still or fail.
        # A test compares it with the packaged templates.
        "app_alarms": functions + 3 * streams + 3 * apis + 2 * len(CHANNELS) + CRAWL_ALARMS,
    }


def render(text: str) -> str:
    """Return the page with its counts and costs made anew."""
    n = counts()
    polls = n["queues"] * POLLS
    polling = max(0, polls - FREE_REQUESTS) * REQUESTS_PRICE
    watching = (n["resource_alarms"] + n["app_alarms"] - FREE_ALARMS) * ALARM_PRICE
    keys = n["keys"] * KEY_PRICE
    steps = [
        f"| resources | {n['tables']} tables on demand, {n['truths']} of them "
        "with point-in-time recovery, "
        f"{n['queues']} queues with their dead-letter queues, {n['keys']} keys; "
        f"in prod {n['resource_alarms']} alarms | ${keys:.0f} for the keys (a rotated key costs $1 "
        f"more after each of its first two years); "
        f"the alarms ${n['resource_alarms'] * ALARM_PRICE:.2f} |",
        f"| apps | {n['functions']} functions, {n['apis']} REST APIs, log groups, schedules; "
        f"in prod {n['app_alarms']} alarms | the alarms ${n['app_alarms'] * ALARM_PRICE:.2f}; "
        "scheduled invocations, within the free tier |",
    ]
    idle = [
        f"| keys | ${keys:.0f} | ${keys:.0f} | ${keys:.0f} |",
        "| queue polling by Lambda: as a rule of thumb 15 requests per minute and queue, some "
        f"{polls / 1e6:.0f} million per month for {n['queues']} queues, a million free | "
        f"${polling:.2f} | $0 | ${polling:.2f} |",
        f"| alarms, ten per account are free | $0 | $0 | ${watching:.2f} |",
        f"| **per month** | **${keys + polling:.0f}** | **${keys:.0f}** | "
        f"**${keys + polling + watching:.0f}** |",
    ]
    return _rows(_rows(text, steps), idle)


def _rows(text: str, rows: list[str]) -> str:
    """Replace the table rows that begin as these do."""
    for row in rows:
        first = re.escape(re.split(r"[:|]", row.removeprefix("| "))[0].strip())
        text, replaced = re.subn(rf"^\| {first}[ :].*$", row, text, flags=re.M)
        if not replaced:
            raise ValueError(f"docs/deploy.md has no row {first}")
    return text


def main() -> None:
    """Rewrite the page in place."""
    page: Path = PAGE
    page.write_text(render(page.read_text()))


if __name__ == "__main__":
    main()
