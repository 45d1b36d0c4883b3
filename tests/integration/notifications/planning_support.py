"""People and time for tests of planning."""

import re
from typing import Any

from shared.base.clock import now_ms
from shared.base.process import process
from tests.platform import Person, Platform

HOUR = 3_600


def subjects(platform: Platform, person: Person) -> list[str]:
    """Return subjects of `about`, newest first."""
    return [one["Subject"] for one in about(platform, person)]


def about(platform: Platform, person: Person) -> list[dict[str, Any]]:
    """Return a person's mails without those about the account, newest first."""
    found = platform.mails(person.email)
    return [one for one in found if "Confirm" not in one["Subject"]]


def later(platform: Platform, seconds: float) -> None:
    """Let timers run that are due within some seconds, and what they begin."""
    from chalicelib.notifications.delivery import timers

    with process.clock.ahead(seconds):
        timers.ring()
        platform.settle()


def quiet_now() -> dict[str, str]:
    """Return quiet hours that began an hour ago and last for two more, in UTC."""
    minutes = now_ms() // 60_000
    return {
        "from": clock(minutes - 60),
        "to": clock(minutes + 120),
        "time_zone": "UTC",
    }


def clock(minutes: int) -> str:
    """Return Unix minutes as a time of day."""
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def link(mail: dict[str, Any], word: str) -> str:
    """Return the path of a mail's link, such as ``Unsubscribe``."""
    found = re.search(rf"^{word}: https?://[^/]+(/\S+)$", mail["BodyText"], re.MULTILINE)
    assert found is not None, mail["BodyText"]
    return found[1]
