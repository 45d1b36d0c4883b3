"""Requests to addresses that people gave, by the SSRF-safe fetcher.

It is imported where it is used: few functions of the domain make such requests.
"""

import os
from collections.abc import Mapping

from chalicelib.notifications.channels.exchange import MAX_BYTES, Answer, ExchangeLimits
from chalicelib.notifications.core.message import PermanentFailure, TransientFailure

from shared.base.config import settings
from shared.base.process import process

# The address itself is wrong, or leads to where no request may go.
_HOPELESS = frozenset({"refused"})
_UNSENT = frozenset({"connect", "dns", "tls"})


def private_allowed() -> bool:
    """Return True if loopback and plain HTTP are allowed (local stack only)."""
    return settings().local and os.environ.get("WEB_PUSH_ALLOW_PRIVATE") == "1"


def check(url: str) -> None:
    """Check an address before it is stored.

    Raises:
        FetchError: ``refused``.
    """
    from shared.net.answers import FetchError
    from shared.net.fetch import check_url

    parsed = check_url(url, allow_private=private_allowed())
    if parsed.protocol != "https:" and not private_allowed():
        raise FetchError("refused", "only https is allowed")


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send one request, without redirects, and read its answer.

    Raises:
        PermanentFailure: ``configuration``: no request may go there.
        TransientFailure: no complete answer in time.
    """
    from shared.net.answers import FetchError
    from shared.net.fetch import fetch

    try:
        check(url)
        answer = fetch(
            url,
            method="POST",
            headers=headers,
            body=body,
            max_bytes=MAX_BYTES,
            truncate=True,
            timeout_s=process.limits(ExchangeLimits).whole,
            max_redirects=0,
            allow_private=private_allowed(),
        )
    except FetchError as error:
        if error.kind in _HOPELESS:
            raise PermanentFailure("configuration") from error
        raise TransientFailure(detail=error.kind, unsent=error.kind in _UNSENT) from error
    return Answer(answer.status, answer.headers, answer.body)
