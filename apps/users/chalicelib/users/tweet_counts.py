"""How many tweets a user has: counted from the tweets domain's events, each event once."""

from chalicelib.users.models import Counter

from shared import dynamo
from shared.clock import now_seconds
from shared.events import Event
from shared.streams import DEDUPLICATION_SECONDS


def count_tweet(event: Event) -> None:
    """Add one event to its author's count; the event's id is stored in the same transaction."""
    amount = 1 if event.type == "tweet.created" else -1
    table = Counter.Meta.table_name
    marker = {"id": f"event#{event.id}", "expires_at": now_seconds() + DEDUPLICATION_SECONDS}
    try:
        dynamo.transact(
            [
                dynamo.put(table, marker, unless_exists="id"),
                dynamo.add(table, {"id": event.data["author_id"]}, {"tweets": amount}),
            ]
        )
    except dynamo.TransactionCanceled as canceled:
        if not canceled.failed(0):
            raise
