"""Map table changes to first messages and to domain events."""

from collections.abc import Iterator

from chalice.app import DynamoDBEvent
from chalicelib.crawler.cards.cards import TWEET_ENTRY
from chalicelib.crawler.control import jobs
from chalicelib.crawler.core.models import ENDED, RUNNING
from chalicelib.crawler.core.names import DOMAIN
from chalicelib.crawler.core.states import REMOVED
from chalicelib.crawler.exports import exports
from chalicelib.crawler.frontier.switch import Frontiers
from chalicelib.crawler.notices import webhooks
from chalicelib.crawler.runs import accounting

from shared.aws.dynamo import Item
from shared.aws.events import Event
from shared.aws.streams import Change, changes, publish_changes

_CARD_DATA = ("tweet_id", "url", "title", "description", "unwound_url", "status", "image")


def follow_runs(event: DynamoDBEvent, frontiers: Frontiers) -> None:
    """Begin what changes of runs ask for, and announce ends; repeatable."""
    for change in changes(event):
        if change.new is not None:
            _follow(change.old, change.new, frontiers)
    publish_changes(DOMAIN, event, run_events)


def _follow(old: Item | None, run: Item, frontiers: Frontiers) -> None:
    before, status, job = old["status"] if old else None, run["status"], {"run": run["id"]}
    if old is None and status == RUNNING:
        frontiers.begin(run)
    elif before is not None and before != RUNNING and status == RUNNING:
        jobs.start("requeue", job)
    elif status == REMOVED and before != REMOVED:
        jobs.start("remove", job)
    elif status in ENDED:
        accounting.expire_counts(run["id"], run["expires_at"])
        if before not in ENDED:
            webhooks.announce(run)
            if run.get("keep_days") == 0:
                jobs.start("forget", job)
    for export in exports.requested(old, run):
        jobs.start("export", export)


def publish_cards(event: DynamoDBEvent) -> None:
    """Announce the cards of tweets."""
    publish_changes(DOMAIN, event, card_events)


def run_events(change: Change) -> Iterator[Event]:
    """Yield ``crawl.finished`` for a run that has just ended, in whatever way."""
    run, old = change.new, change.old
    if run is None or run["status"] not in ENDED or (old and old["status"] in ENDED):
        return
    data = {
        "run_id": run["id"],
        "owner_id": run["owner_id"],
        "url": run["url"],
        "status": run["status"],
        "reason": run.get("reason"),
        **{name: run.get(name) for name in ("fetched", "discovered", "failed")},
    }
    yield Event.of(DOMAIN, "crawl.finished", run["id"], run["version"], run["updated_at"], data)


def card_events(change: Change) -> Iterator[Event]:
    """Yield ``card.ready`` for a tweet whose card was stored."""
    item = change.new
    if item is None or change.old is not None or not item["entry"].startswith(TWEET_ENTRY):
        return
    data = {name: item.get(name) for name in _CARD_DATA}
    # Two links of one tweet are two subjects: event ids must differ.
    subject = f"{item['tweet_id']}#{item['url_digest']}"
    yield Event.of(DOMAIN, "card.ready", subject, item["version"], item["updated_at"], data)
