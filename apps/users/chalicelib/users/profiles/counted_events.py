"""Changes that events of tweets make to the counter of a user.

Events may be reordered: only an id above all handled ones becomes the newest tweet.
"""

from collections.abc import Iterable
from typing import Any

from shared.aws.counting import total
from shared.aws.dynamo import Item
from shared.aws.events import Event
from shared.contracts import tweets

_LIKES = {"tweet.liked": 1, "tweet.unliked": -1}
_LISTED = {"list.member_added": 1, "list.member_removed": -1}


def user_of(event: Event) -> str:
    """Return the id of the user whose counter an event changes."""
    by_user = event.type in _LIKES or event.type in _LISTED
    user_id: str = event.data["user_id" if by_user else "author_id"]
    return user_id


def changes(item: Item, events: Iterable[Event]) -> tuple[dict[str, Any], dict[str, int]]:
    """Return the attributes that events set, and the amounts they add.

    A deletion of the newest tweet looks up the one before it (one Query).

    Args:
        item: the counter as it is stored.
        events: of one user, none of them counted before.

    Returns:
        attributes to set (``None`` removes) and amounts by attribute.
    """
    newest = _Newest(item.get("most_recent"), item.get("recent_seen"))
    amounts = []
    for event in events:
        amounts.append(_amounts(event))
        newest.follow(event)
    sets: dict[str, Any] = {}
    if newest.seen != item.get("recent_seen"):
        sets["recent_seen"] = newest.seen
    if newest.tweet_id != item.get("most_recent"):
        sets["most_recent"] = newest.tweet_id
    return sets, total(amounts)


def _amounts(event: Event) -> dict[str, int]:
    kind, data = event.type, event.data
    if kind in _LIKES:
        return {"likes": _LIKES[kind]}
    if kind in _LISTED:
        # Private lists stay secret.
        return {} if data.get("private") else {"listed": _LISTED[kind]}
    if kind == "tweet.edited":
        # All versions are one tweet.
        return {}
    amount = 1 if kind == "tweet.created" else -1
    return {"tweets": amount, **({"media": amount} if data.get("has_media") else {})}


class _Newest:
    """Newest tweet of a user that is not a retweet.

    Attributes:
        seen: highest id that was considered for it.
    """

    def __init__(self, tweet_id: int | None, seen: int | None) -> None:
        self.tweet_id, self.seen = tweet_id, seen

    def follow(self, event: Event) -> None:
        """Take an event into account."""
        data = event.data
        if event.type == "tweet.edited":
            self._consider(int(data["edit_history_tweet_ids"][-1]))
        elif event.type == "tweet.created" and data["kind"] != "retweet":
            self._consider(int(data["tweet_id"]))
        elif event.type == "tweet.deleted" and data["kind"] != "retweet":
            self._leave(data["author_id"], int(data["tweet_id"]))

    def _consider(self, tweet_id: int) -> None:
        if self.seen is None or tweet_id > self.seen:
            self.tweet_id = self.seen = tweet_id

    def _leave(self, author_id: str, tweet_id: int) -> None:
        """Look up the next tweet if the deleted one is, or may become, the newest."""
        if self.seen is None or tweet_id > self.seen or tweet_id == self.tweet_id:
            self.tweet_id = _newest(author_id, tweet_id)
            self.seen = max(tweet_id, self.seen or 0)


def _newest(author_id: str, deleted: int) -> int | None:
    """Newest tweet of an author that is neither a retweet nor the deleted one."""
    for item in tweets.by_author(author_id):
        # The index may still hold the deleted one.
        if item["kind"] != "retweet" and item["position"] != deleted:
            newest: int = item["position"]
            return newest
    return None
