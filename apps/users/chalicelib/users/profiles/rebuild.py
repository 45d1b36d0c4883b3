"""Search index and newest tweets of users, made again."""

from collections.abc import Sequence

from chalicelib.users.core.models import COUNTERS
from chalicelib.users.profiles import popular, search_index

from shared.aws.dynamo import Item
from shared.aws.streams import Change

_NEWER = "attribute_not_exists(#recent_seen) OR #recent_seen < :id"


def index_again(users: Sequence[Item]) -> None:
    """Index names, reach and popularity of profiles, where not as they are.

    Calls: for a profile a GetItem or two, and the writes that were missing; one
    BatchGetItem per hundred for their followers.

    Raises:
        TransactionCanceled: the stream's worker indexed one of them just now; try again.
    """
    keys = [{"id": user["id"]} for user in users]
    followers = {item["id"]: item.get("followers", 0) for item in COUNTERS.get_many(keys)}
    for user in users:
        search_index.index_change(Change("", {"id": user["id"]}, None, user))
        search_index.restore_reach(user["id"], followers.get(user["id"], 0))
    popular.note(followers)


def note_newest(tweets: Sequence[Item]) -> None:
    """Note authors' newest tweets, unless newer ones were seen before."""
    newest: dict[str, int] = {}
    for tweet in tweets:
        if not tweet.get("deleted") and tweet["kind"] != "retweet":
            newest[tweet["author_id"]] = max(int(tweet["id"]), newest.get(tweet["author_id"], 0))
    expression = "SET #most_recent = :id, #recent_seen = :id ADD #recent_changes :one"
    for author, tweet_id in newest.items():
        COUNTERS.update({"id": author}, expression, {"id": tweet_id, "one": 1}, _NEWER)
