"""The first step: an event becomes stored notifications."""

from chalicelib.notifications.accepting import repeats
from chalicelib.notifications.accepting.audience import permitted
from chalicelib.notifications.accepting.mapping import to_notifications
from chalicelib.notifications.channels.targets import digest
from chalicelib.notifications.contacts import consents, directory, suppressions
from chalicelib.notifications.core import names
from chalicelib.notifications.history import notifications
from chalicelib.notifications.planning.social import routed

from shared.aws.events import Event
from shared.base.clock import parse_iso
from shared.base.observability import logger


def accept(event: Event) -> None:
    """Update the contact that an event is about, and store its notifications.

    May be repeated: contacts keep the event's version, and the ids of notifications
    follow from the event.

    Raises:
        ConfigurationError: there is no store of contacts.
        Exception: a store failed; the event must come again.
    """
    _update_contact(event)
    found = repeats.without(event, to_notifications(event))
    created = sum(notifications.create(content) for content in routed(permitted(found)))
    if created:
        logger().info("accepted", event_type=event.type, notifications=created)


def _update_contact(event: Event) -> None:
    data = event.data
    match event.type:
        case "user.registered":
            store = directory.store()
            store.set_email(data["user_id"], data["email"], event.version)
            # This event has the account's version, but names are compared by the profile's.
            store.set_name(data["user_id"], data["username"], data["name"], 0)
        case "user.updated":
            directory.store().set_name(
                data["user_id"], data["username"], data["name"], event.version
            )
        case "user.email_verified":
            directory.store().set_verified(data["user_id"], event.version)
            _lift(event)
        case "user.email_change_requested":
            directory.store().set_pending(data["user_id"], data["email"], event.version)
        case "user.email_changed":
            store = directory.store()
            store.set_email(data["user_id"], data["email"], event.version)
            store.set_verified(data["user_id"], event.version)
            if "former_email" in data:
                store.set_former(data["user_id"], data["former_email"], event.version)
            _lift(event)


def _lift(event: Event) -> None:
    """Lift what was suppressed before an address was proved.

    May be repeated: a suppression that is newer than the proof stays.
    """
    user_id = event.data["user_id"]
    contact = directory.store().find(user_id)
    if contact is None or contact.email is None or not contact.email_verified:
        return
    if suppressions.store().lift(names.EMAIL, digest(contact.email), parse_iso(event.time)):
        consents.store().add(user_id, names.EMAIL, "email_verified")
