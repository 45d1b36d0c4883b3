"""The first step: an event becomes stored notifications."""

from chalicelib.notifications.accepting import repeats
from chalicelib.notifications.accepting.audience import permitted
from chalicelib.notifications.accepting.mapping import to_notifications
from chalicelib.notifications.contacts import directory
from chalicelib.notifications.history import notifications
from chalicelib.notifications.planning.social import routed

from shared.aws.events import Event
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
        case "user.email_change_requested":
            directory.store().set_pending(data["user_id"], data["email"], event.version)
        case "user.email_changed":
            store = directory.store()
            store.set_email(data["user_id"], data["email"], event.version)
            store.set_verified(data["user_id"], event.version)
            if "former_email" in data:
                store.set_former(data["user_id"], data["former_email"], event.version)
