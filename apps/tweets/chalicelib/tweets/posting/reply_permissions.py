"""Who may reply to a conversation, and which replies its root's author hid."""

from typing import Any

from chalicelib.tweets.core import visibility
from chalicelib.tweets.core.models import Tweet
from pynamodb.exceptions import UpdateError

from shared.base.clock import now_ms
from shared.base.errors import forbidden, not_found
from shared.contracts import graph, profiles

Item = dict[str, Any]


def hide(user_id: str, tweet_id: str, hidden: bool) -> Item:
    """Hide a reply, or show it again (two reads by key, one conditional update).

    Raises:
        Problem: 404 for a tweet that is not there, 403 when it is no reply or
            the conversation was begun by somebody else.
    """
    tweet = visibility.load_tweet(tweet_id)
    if tweet is None:
        raise not_found("tweet", tweet_id)
    if tweet["kind"] != "reply":
        raise forbidden("Only replies can be hidden.")
    if _root_author(tweet["conversation_id"]) != user_id:
        raise forbidden("Only the author of the conversation can hide replies.")
    actions: list[Any] = [Tweet.version.add(1), Tweet.updated_at.set(now_ms())]
    actions.append(Tweet.hidden.set(True) if hidden else Tweet.hidden.remove())
    try:
        Tweet(tweet_id).update(actions, condition=Tweet.deleted.does_not_exist())
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        raise not_found("tweet", tweet_id) from error
    return {"hidden": hidden}


def without_hidden(viewer_id: str | None, replies: list[Item]) -> list[Item]:
    """Replies of one conversation as the viewer sees them: hidden ones are the root author's."""
    if not any(reply.get("hidden") for reply in replies):
        return replies
    if viewer_id and _root_author(replies[0]["conversation_id"]) == viewer_id:
        return replies
    return [reply for reply in replies if not reply.get("hidden")]


def inherited_settings(user_id: str, replied: Item) -> str | None:
    """The ``reply_settings`` of a conversation, for a user who may reply in it.

    Nothing is read where everyone may; otherwise the root (unless it is the
    very tweet answered) and, for ``following``, one relation, or for ``verified`` a card.

    Raises:
        Problem: 403 when the user is not among those who may reply.
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
    # Whom a deleted root mentioned went with its text: those whom the answered tweet speaks to
    # go on.
    speaking = replied if root.get("deleted") else root
    mentioned = {m["id"] for m in visibility.entities(speaking).get("mentions", ())}
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
