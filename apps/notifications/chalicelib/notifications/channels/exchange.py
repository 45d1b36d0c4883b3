"""Requests to providers over HTTP/1.1, bounded in time and size."""

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from chalicelib.notifications.channels import configuration
from chalicelib.notifications.core.message import TransientFailure

from shared.base.process import process

if TYPE_CHECKING:
    from requests import Session

MAX_BYTES = 64 << 10
# A provider may ask for hours; the queue keeps a message for days, but not so its reader.
LONGEST_WAIT = 900.0


@dataclass(frozen=True)
class ExchangeLimits:
    """Seconds to connect, between two bytes, and for an answer as a whole."""

    connect: float = 3.0
    silence: float = 8.0
    whole: float = 12.0


@dataclass(frozen=True)
class Answer:
    """A provider's answer.

    Attributes:
        headers: lower-case names.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """Return the body's object; empty if it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def retry_after(self) -> float | None:
        """Seconds that the provider asks to wait, at most `LONGEST_WAIT`."""
        return retry_after(self.headers)


class _Sessions(threading.local):
    """One session per thread, which `requests` demands."""

    def __init__(self) -> None:
        self._session: Session | None = None

    def get(self) -> "Session":
        """Return the thread's session; proxies of the environment are not used."""
        if self._session is None:
            from requests import Session

            self._session = Session()
            self._session.trust_env = False
            self._session.verify = configuration.authority()
        return self._session


@process.lasting
def _sessions() -> _Sessions:
    return _Sessions()


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send one request and read its answer, without redirects.

    Raises:
        TransientFailure: no complete answer in time. The provider may have taken it.
    """
    from requests.exceptions import RequestException
    from urllib3.exceptions import HTTPError

    limits = process.limits(ExchangeLimits)
    deadline = time.monotonic() + limits.whole
    try:
        with (
            _sessions()
            .get()
            .post(
                url,
                data=body,
                headers=dict(headers),
                timeout=(limits.connect, limits.silence),
                allow_redirects=False,
                stream=True,
            ) as response
        ):
            read = b""
            # `read1` returns what has arrived, so that a slow body meets the deadline.
            while len(read) < MAX_BYTES:
                if time.monotonic() > deadline:
                    raise TransientFailure(detail="the answer took too long")
                part = response.raw.read1(MAX_BYTES, decode_content=True)
                if not part:
                    break
                read += part
            named = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status_code, named, read)
    except (RequestException, HTTPError, OSError) as error:
        kind = type(error).__name__
        raise TransientFailure(detail=kind, unsent=kind == "ConnectTimeout") from error


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of a Retry-After header, a number or a date."""
    given = headers.get("retry-after", "").strip()
    if not given:
        return None
    if given.isdigit():
        return min(float(given), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(given).timestamp()
    except ValueError:
        return None
    return min(max(moment - process.clock.time(), 0.0), LONGEST_WAIT)
