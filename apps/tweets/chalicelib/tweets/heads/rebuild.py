"""Heads made again from tweets and switches, and switches from heads."""

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.tweets.core import cache
from chalicelib.tweets.core.models import HEADS
from chalicelib.tweets.heads import delivery_modes, heads, store
from chalicelib.tweets.heads.heads import Line

from shared.aws.dynamo import Item
from shared.aws.retries import RetryLater


def merge_tweets(tweets: Sequence[Item]) -> None:
    """Bring stored tweets into the heads of their authors.

    Raises:
        Contended: others kept changing a head.
    """
    lines: dict[str, list[Line]] = {}
    for tweet in tweets:
        lines.setdefault(tweet["author_id"], []).append(heads.line_of(tweet))
    for author_id, found in lines.items():
        store.merge(author_id, found)


def restore_modes(switched: Sequence[Item]) -> None:
    """Restore switches, oldest first, in heads that have lost them.

    Raises:
        RetryLater: another worker changed a head just now.
    """
    for item in switched:
        if "mode" not in item:
            continue
        author_id = item["at"].partition("#")[2]
        head = store.read(author_id)
        if item["first"] <= max((first for first, _ in head.modes), default=0):
            continue
        modes = (*head.modes, (item["first"], item["mode"]))[-delivery_modes.MAX_MODES :]
        restored = HEADS.update(
            {"author_id": author_id},
            "SET #modes = :modes ADD #version :one",
            {"modes": replace(head, modes=modes).item["modes"], "one": 1, "old": head.version},
            "#version = :old" if head.version else "attribute_not_exists(#version)",
        )
        if not restored:
            raise RetryLater(f"the head of {author_id} changed meanwhile")
        cache.heads().forget(author_id)


def announce_again(found: Sequence[Item]) -> None:
    """Write the last switch of each head to the list again, as of now."""
    for head in map(heads.of_item, found):
        if head.modes:
            delivery_modes.announce_again(head)
