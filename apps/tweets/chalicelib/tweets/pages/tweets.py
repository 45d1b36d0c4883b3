"""Tweets as pages show them, made from the API's own answers."""

from dataclasses import dataclass
from typing import Any

from chalicelib.tweets.pages.head import Picture
from chalicelib.tweets.pages.text import Segment, segments

from shared.aws.dynamo import Item

# Of public tweets, in pages and in the API: the same for everybody.
FIELDS: dict[str, Any] = {
    "tweet.fields": [
        "attachments",
        "author_id",
        "conversation_id",
        "created_at",
        "entities",
        "in_reply_to_user_id",
        "lang",
        "public_metrics",
        "referenced_tweets",
    ],
    "expansions": [
        "attachments.media_keys",
        "attachments.poll_ids",
        "author_id",
        "referenced_tweets.id",
        "referenced_tweets.id.author_id",
    ],
    "media.fields": ["alt_text", "height", "preview_image_url", "type", "url", "variants", "width"],
    "poll.fields": ["duration_minutes", "end_datetime", "voting_status"],
    "user.fields": ["profile_image_url", "verified"],
}


@dataclass(frozen=True)
class ShownTweet:
    """A tweet with all that its template needs.

    Attributes:
        retweeted_by: author of the retweet that shows this tweet.
        quoted: the tweet that it quotes, without a quote of its own.
    """

    id: str
    author: Item
    text: str
    parts: list[Segment]
    created_at: str
    lang: str
    metrics: Item
    media: list[Item]
    poll: Item | None
    retweeted_by: Item | None = None
    quoted: "ShownTweet | None" = None
    replied_to: str | None = None

    @property
    def path(self) -> str:
        """Canonical path of the tweet's page."""
        return f"/@{self.author['username']}/status/{self.id}"

    @property
    def picture(self) -> Picture | None:
        """First picture, or the poster of a video."""
        for one in self.media:
            if url := one.get("url") or one.get("preview_image_url"):
                alt = one.get("alt_text", "")
                return Picture(url, one.get("width"), one.get("height"), alt, large=True)
        return None


def shown_tweets(body: Item) -> list[ShownTweet]:
    """Return the tweets of an answer of the API, in its order."""
    included = _Included(body.get("includes", {}))
    found = (included.tweet(tweet) for tweet in body.get("data", ()))
    return [tweet for tweet in found if tweet]


class _Included:
    """Objects that an answer includes, by their keys."""

    def __init__(self, includes: Item) -> None:
        self._users = {user["id"]: user for user in includes.get("users", ())}
        self._tweets = {tweet["id"]: tweet for tweet in includes.get("tweets", ())}
        self._media = {one["media_key"]: one for one in includes.get("media", ())}
        self._polls = {poll["id"]: poll for poll in includes.get("polls", ())}

    def tweet(self, tweet: Item) -> ShownTweet | None:
        """Return a tweet; for a retweet its original, if it may be seen."""
        references = {one["type"]: one["id"] for one in tweet.get("referenced_tweets", ())}
        if "retweeted" in references:
            original = self._tweets.get(references["retweeted"])
            by = self._users.get(tweet["author_id"])
            return self._one(original, retweeted_by=by) if original else None
        quoted = self._tweets.get(references.get("quoted", ""))
        return self._one(
            tweet,
            quoted=self._one(quoted) if quoted else None,
            replied_to=references.get("replied_to"),
        )

    def _one(self, tweet: Item, **members: Any) -> ShownTweet | None:
        author = self._users.get(tweet.get("author_id", ""))
        if author is None:
            return None
        attached = tweet.get("attachments", {})
        polls = [self._polls.get(poll_id) for poll_id in attached.get("poll_ids", ())]
        keys = attached.get("media_keys", ())
        return ShownTweet(
            id=tweet["id"],
            author=author,
            text=tweet["text"],
            parts=segments(tweet["text"], tweet.get("entities", {})),
            created_at=tweet["created_at"],
            lang=tweet.get("lang", ""),
            metrics=tweet.get("public_metrics", {}),
            media=[self._media[key] for key in keys if key in self._media],
            poll=polls[0] if polls else None,
            **members,
        )
