"""Monthly cost of a platform, reckoned from the bench's measured units.

Prices: list, us-east-1, on demand, as of November 2026; nothing is free. The profile of a
daily user is an assumption. Every line is named and can be checked by hand.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MILLION = 1_000_000
DAYS = 30

# Dollars per million.
WRU, RRU = 0.625, 0.125
API_REQUEST = 3.50
LAMBDA_REQUEST, LAMBDA_GB_SECOND = 0.20, 13.33
SQS_REQUEST = 0.40
MAIL = 100.0
KMS_REQUEST, KMS_SIGNATURE = 3.0, 15.0
LOGGED_BYTE = 0.50 / 1000

# Seconds and gigabytes billed, of the functions' sizes; the times are assumptions.
REQUEST_GB_S, POLL_GB_S, EVENT_GB_S = 0.05 * 1.0, 0.03 * 1.0, 0.1 * 0.25
# Writes to the table of limits per poll: 30 in a quarter of an hour, leased by the dozen.
POLL_LEASES = 0.1
# Bytes of log per request (access, our line, Lambda's three lines) and per event, with the 26
# bytes that CloudWatch adds to each line. Counted in the lines' formats.
REQUEST_LOG, EVENT_LOG = 860, 345

Results = Mapping[str, Any]


@dataclass(frozen=True)
class Profile:
    """Deeds of one daily user per day; none of them is cached or batched.

    Attributes:
        polls: of an open page, one per 30 s of 30 minutes in which it is touched.
        followers, reading: and the share of them who read.
        mails: a reply's, and a mention's in one tweet of ten.
        events: invocations of event handlers; ``messages`` of them by queues.
    """

    tweets: float = 1
    replies: float = 0.5
    likes: float = 3
    follows: float = 0.2
    home_pages: float = 10
    profile_pages: float = 5
    logins: float = 0.1
    polls: float = 60
    followers: float = 100
    reading: float = 0.4
    mails: float = 0.6
    events: float = 40
    messages: float = 20

    @property
    def requests(self) -> float:
        """Requests without polls."""
        written = self.tweets + self.replies + self.likes + self.follows + self.logins
        return written + self.home_pages + self.profile_pages

    @property
    def deliveries(self) -> float:
        """Timeline entries written to followers."""
        return (self.tweets + self.replies) * self.followers * self.reading


# An open page asked every 4 s for tweets and every 15 s for the unread count, and each like,
# follow and reply sent a mail.
BEFORE = Profile(polls=285, mails=3.7)


def lines(results: Results, users: int, profile: Profile | None = None) -> dict[str, float]:
    """Return dollars per month by line.

    Args:
        results: of the bench, with ``operations`` and ``whole``.
        users: daily users.

    Raises:
        KeyError: a figure was not measured; it would not be nothing.
    """
    day, measured, whole = profile or Profile(), results["operations"], results["whole"]
    deeds = {
        "tweet": day.tweets, "reply": day.replies, "like": day.likes, "follow": day.follows,
    }  # fmt: skip
    pages = {
        "home_50": day.home_pages, "profile_page": day.profile_pages, "login": day.logins,
    }  # fmt: skip

    def units(one: Mapping[str, float]) -> float:
        return one["wru"] * WRU + one["rru"] * RRU

    poll = measured["poll"]
    asked = day.polls * poll.get("requests", 1)
    per_day = {
        "DynamoDB: deliveries to followers": day.deliveries * units(measured["push_follower"]),
        "DynamoDB: tweets, replies, likes, follows, with their workers": sum(
            units(whole[name]) * count for name, count in deeds.items()
        ),
        "DynamoDB: home pages (cold), profile pages, logins": sum(
            units(measured[name]) * count for name, count in pages.items()
        ),
        "DynamoDB: views": day.home_pages * units(measured["views_20"]),
        "DynamoDB: rate limits of polls": asked * POLL_LEASES * WRU,
        "DynamoDB: polls": day.polls * units(poll),
        "API Gateway: requests": day.requests * API_REQUEST,
        "API Gateway: polls": asked * API_REQUEST,
        "Lambda: requests and polls": day.requests * _lambda(REQUEST_GB_S)
        + asked * _lambda(POLL_GB_S),
        "Lambda: events": day.events * _lambda(EVENT_GB_S),
        "SQS: three requests per message": day.messages * 3 * SQS_REQUEST,
        "SES: mails": day.mails * MAIL,
        "CloudWatch: logs": ((day.requests + asked) * REQUEST_LOG + day.events * EVENT_LOG)
        * LOGGED_BYTE,
        "KMS: signatures of tokens": day.logins * KMS_SIGNATURE,
    }
    return {name: cost * users * DAYS / MILLION for name, cost in per_day.items()}


def _lambda(gigabyte_seconds: float) -> float:
    return LAMBDA_REQUEST + gigabyte_seconds * LAMBDA_GB_SECOND
