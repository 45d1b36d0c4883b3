"""Reply settings of conversations, and replies that the root's author hid."""

from chalicelib.tweets.core import visibility
from chalicelib.tweets.core.models import TWEETS
from chalicelib.tweets.core.versioned import next_version
from chalicelib.tweets.pipeline import lookup

from shared.aws.dynamo import Item
from shared.base.errors import forbidden, not_found
from shared.contracts import graph, profiles


def hide(user_id: str, tweet_id: str, hidden: bool) -> Item:
    """Hide a reply or show it again.

    Calls: two reads by key, author and relation, one conditional update.

    Raises:
        Problem: 404 when the user cannot see the tweet, 403 when it is not a reply or
            another author started the conversation.
    """
    tweet = lookup.visible_tweet(user_id, tweet_id)
    if tweet is None:
        raise not_found("tweet", tweet_id)
    if tweet["kind"] != "reply":
        raise forbidden("Only replies can be hidden.")
    if _root_author(tweet["conversation_id"]) != user_id:
        raise forbidden("Only the author of the conversation can hide replies.")
    update = next_version({"hidden": hidden or None})
    if not TWEETS.update({"id": tweet_id}, *update, "attribute_not_exists(#deleted)"):
        raise not_found("tweet", tweet_id)
    return {"hidden": hidden}


def without_hidden(viewer_id: str | None, replies: list[Item]) -> list[Item]:
    """Return the replies of a conversation that the viewer sees.

    Only the author of the root sees hidden replies.
    """
    if not any(reply.get("hidden") for reply in replies):
        return replies
    if viewer_id and _root_author(replies[0]["conversation_id"]) == viewer_id:
        return replies
    return [reply for reply in replies if not reply.get("hidden")]


def inherited_settings(user_id: str, replied: Item) -> str | None:
    """Return a conversation's ``reply_settings`` if the user may reply.

    Calls: none where everyone may; otherwise the root (unless it is the answered tweet),
    and for ``following`` one relation, for ``verified`` a card.

    Args:
        replied: the stored tweet that the user answers.

    Raises:
        Problem: 403 when the user may not reply.
    """
    settings: str | None = replied.get("reply_settings")
    if settings is None:
        return None
    root: Item | None = replied
    if replied["id"] != replied["conversation_id"]:
        root = visibility.load_tweets([replied["conversation_id"]]).get(replied["conversation_id"])
    if root is not None and not _may_reply(user_id, settings, root, replied):
        raise forbidden("The author of this conversation limits who can reply.")
    return settings


def _may_reply(user_id: str, settings: str, root: Item, replied: Item) -> bool:
    author_id = root["author_id"]
    # A deleted root has lost its mentions: the people in the answered tweet may go on instead.
    speaking = replied if root.get("deleted") else root
    mentioned: set[str | None] = set(visibility.mentioned_ids(speaking))
    if root.get("deleted"):
        mentioned |= {replied["author_id"], replied.get("in_reply_to_user_id")}
    if user_id == author_id or user_id in mentioned:
        return True
    if settings == "verified":
        card = profiles.card(user_id)
        return card is not None and card.verified
    if settings == "following":
        return graph.relations(author_id, [user_id])[user_id].following
    return False


def _root_author(conversation_id: str) -> str | None:
    root = visibility.load_tweets([conversation_id]).get(conversation_id)
    return root["author_id"] if root else None
