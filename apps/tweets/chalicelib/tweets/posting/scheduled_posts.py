"""Posting scheduled tweets when their timers are due.

One transaction ends the scheduled tweet as ``posted`` and writes the tweet, so it is posted
once however often the timer rings. A tweet that cannot be posted ends as ``failed``, and its
author is notified of the reason.
"""

from chalicelib.tweets.core.models import PLANNED
from chalicelib.tweets.posting import create, items, planned_items
from chalicelib.tweets.posting.planned_items import SCHEDULED

from shared.aws import dynamo
from shared.base.errors import Problem
from shared.base.ids import new_id
from shared.contracts import profiles


def post(subject: str, due_at: int) -> None:
    """Post a scheduled tweet; no-op if it ended, or was moved or deleted.

    Args:
        subject: ``<user id>/<id>``.
        due_at: the timer's moment in Unix milliseconds.
    """
    user_id, _, planned_id = subject.partition("/")
    item = PLANNED.get(planned_items.key(user_id, SCHEDULED, planned_id), consistent=True)
    if item is None or item["status"] != SCHEDULED or item["due_at"] != due_at:
        return
    card = profiles.card(user_id)
    if card is None or not card.active:
        planned_items.fail(item, "The account is not active.")
        return
    try:
        fields = create.prepare(user_id, planned_items.body_of(item))
    except Problem as problem:
        reason = problem.errors[0]["message"] if problem.errors else problem.detail
        planned_items.fail(item, reason)
        return
    tweet = items.new(new_id(), fields)
    ended = planned_items.posted_action(item, tweet["id"])
    actions = [ended, *create.insert_actions(tweet, fields["note"])]
    try:
        dynamo.transact(actions, conflict_attempts=dynamo.CONFLICT_ATTEMPTS)
    except dynamo.TransactionCanceled as canceled:
        if not canceled.failed(0):
            raise
