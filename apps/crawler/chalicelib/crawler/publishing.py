"""Map table changes to first messages and to domain events."""

from collections.abc import Iterator

from chalice.app import DynamoDBEvent
from chalicelib.crawler.cards.cards import TWEET_ENTRY
from chalicelib.crawler.core.models import ENDED, PAUSED, RUNNING
from chalicelib.crawler.core.names import DOMAIN
from chalicelib.crawler.frontier.switch import Frontiers
from chalicelib.crawler.runs import accounting

from shared.aws.events import Event
from shared.aws.streams import Change, changes, publish_changes

_CARD_DATA = ("tweet_id", "url", "title", "description", "unwound_url", "status", "image")


def follow_runs(event: DynamoDBEvent, frontiers: Frontiers) -> None:
    """Queue pages of new and resumed runs, announce ended ones; repeatable."""
    for change in changes(event):
        run = change.new
        if run is None:
            continue
        if change.old is None and run["status"] == RUNNING:
            frontiers.begin(run)
        elif change.old and change.old["status"] == PAUSED and run["status"] == RUNNING:
            frontiers.of(run.get("frontier")).resume(run["id"])
        elif run["status"] in ENDED:
            accounting.expire_counts(run["id"], run["expires_at"])
    publish_changes(DOMAIN, event, run_events)


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
