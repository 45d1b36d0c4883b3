"""All fields and expansions of X's API, in both dialects."""

from typing import Any

import pytest

from tests.media_support import photo
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration

# Names of X API v2's `tweet.fields` and `post.fields` (facts of the interface).
FIELDS = """
    article article_title attachments author_id card_uri community_id context_annotations
    conversation_id created_at display_text_range edit_controls edit_history_tweet_ids entities geo
    id in_reply_to_user_id lang matched_media_notes media_metadata non_public_metrics note_post
    note_request_suggestions note_tweet organic_metrics paid_partnership possibly_sensitive
    promoted_metrics public_metrics referenced_tweets reply_settings scopes source
    suggested_source_links suggested_source_links_with_counts text withheld
""".split()
EXPANSIONS = """
    article.cover_media article.media_entities attachments.media_keys
    attachments.media_source_tweet attachments.poll_ids author_id edit_history_tweet_ids
    edit_history_post_ids entities.mentions.username entities.note.mentions.username geo.place_id
    in_reply_to_user_id referenced_tweets.id referenced_tweets.id.attachments.media_keys
    referenced_tweets.id.author_id referenced_posts username
""".split()
# Fields of an own reply; the others belong to features that Rookery does not have.
SHOWN = set(FIELDS) & set(
    """
    attachments author_id conversation_id created_at display_text_range edit_controls
    edit_history_tweet_ids entities id in_reply_to_user_id lang non_public_metrics organic_metrics
    possibly_sensitive public_metrics referenced_tweets reply_settings source text
    """.split()
)


def spans(tweet: dict[str, Any], kind: str) -> list[str]:
    return [tweet["text"][one["start"] : one["end"]] for one in tweet["entities"][kind]]


@pytest.fixture(scope="module")
def answered(platform: Platform) -> tuple[Person, str]:
    """A reply with a mention and a poll."""
    author, other = platform.register(), platform.register()
    reply = {"in_reply_to_tweet_id": other.tweet("root")}
    poll = {"options": ["a", "b"], "duration_minutes": 5}
    return author, author.tweet(f"@{other.username}?", reply=reply, poll=poll)


def test_all_fields_and_expansions(platform: Platform) -> None:
    author, other = platform.register(), platform.register()
    root = other.tweet("root")
    text = f"@{other.username} 🐦🏽‍🔥 #rook 👨‍👩‍👧 $ROOK the rook and the crow of it"
    poll = {"options": ["a", "b"], "duration_minutes": 5}
    mine = author.tweet(text, reply={"in_reply_to_tweet_id": root}, poll=poll)
    platform.settle()
    query = f"expansions={','.join(EXPANSIONS)}"
    path = f"/2/tweets/{mine}?{query}"
    for dialect in ("tweet", "post"):
        body = author.ok("GET", f"{path}&{dialect}.fields={','.join(FIELDS)}")
        tweet = body["data"]
        assert set(tweet) >= SHOWN and "errors" not in body
        assert None not in tweet.values()
        assert spans(tweet, "mentions") == [f"@{other.username}"]
        assert (spans(tweet, "hashtags"), spans(tweet, "cashtags")) == (["#rook"], ["$ROOK"])
        start, end = tweet["display_text_range"]
        assert tweet["text"][start:end].startswith("🐦")
        assert tweet["lang"] == "en"
        assert {user["id"] for user in body["includes"]["users"]} == {author.id, other.id}
        assert [one["id"] for one in body["includes"]["tweets"]] == [root]
        assert [one["id"] for one in body["includes"]["polls"]] == [mine]
    for name in FIELDS:
        alone = author.ok("GET", f"/2/tweets/{mine}?tweet.fields={name}")["data"]
        extra = {"referenced_posts"} if name == "referenced_tweets" else set()
        least = {"id", "text", "edit_history_tweet_ids"}
        assert set(alone) == least | ({name} & SHOWN) | extra, name
    assert author.call("GET", f"/2/tweets/{mine}?tweet.fields=nonsense").status == 400


@pytest.mark.parametrize(
    ("expansion", "named"),
    [
        ("author_id", {"author_id"}),
        ("in_reply_to_user_id", {"in_reply_to_user_id"}),
        ("entities.mentions.username", {"entities"}),
        ("attachments.poll_ids", {"attachments"}),
        ("referenced_tweets.id", {"referenced_tweets", "referenced_posts"}),
        ("referenced_posts", {"referenced_tweets", "referenced_posts"}),
    ],
)
def test_what_an_expansion_adds_is_named_in_the_tweet(
    answered: tuple[Person, str], expansion: str, named: set[str]
) -> None:
    """As in X's example of ``expansions``, so that clients can join both."""
    author, mine = answered
    body = author.ok("GET", f"/2/tweets/{mine}?expansions={expansion}")
    assert set(body["data"]) == {"id", "text", "edit_history_tweet_ids"} | named
    assert body["includes"]


def test_what_a_tweet_refers_to_comes_in_either_dialect_with_its_media(platform: Platform) -> None:
    author, other = platform.register(), platform.register()
    key = f"3_{photo(other)}"
    root = other.ok("POST", "/2/tweets", {"media": {"media_ids": [key[2:]]}})["data"]["id"]
    quote = author.tweet("look", quote_tweet_id=root)
    for dialect in ("tweets", "posts"):
        names = ["id", "id.attachments.media_keys", *([""] if dialect == "posts" else [])]
        for name in names:
            expansion = f"referenced_{dialect}.{name}".rstrip(".")
            included = author.ok("GET", f"/2/tweets/{quote}?expansions={expansion}")["includes"]
            assert [tweet["id"] for tweet in included[dialect]] == [root], expansion
            keys = [one["media_key"] for one in included.get("media", ())]
            assert keys == ([key] if "media" in name else []), expansion


def test_the_owner_of_a_list_is_named_with_it(answered: tuple[Person, str]) -> None:
    owner, _ = answered
    made = owner.ok("POST", "/2/lists", {"name": "birds"})["data"]["id"]
    body = owner.ok("GET", f"/2/lists/{made}?expansions=owner_id")
    assert body["data"]["owner_id"] == body["includes"]["users"][0]["id"] == owner.id


def test_the_metrics_of_others_are_a_partial_error(platform: Platform) -> None:
    author, other = platform.register(), platform.register()
    tweet_id = author.tweet("Mine")
    path = f"/2/tweets/{tweet_id}?tweet.fields=non_public_metrics,organic_metrics"
    body = other.ok("GET", path)
    assert set(body["data"]) == {"id", "text", "edit_history_tweet_ids"}
    kinds = {(error["field"], error["type"].rpartition("/")[2]) for error in body["errors"]}
    assert kinds == {
        (name, "not-authorized-for-field") for name in ("non_public_metrics", "organic_metrics")
    }
