"""The contents of a settled page, from the last answer of its visit."""

from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from chalicelib.crawler.core.limits import RETRY_AFTER_MAX
from chalicelib.crawler.extract import text_digest
from chalicelib.crawler.extract.links import FoundLink
from chalicelib.crawler.fetching.profiles import Profile

from shared.base.clock import now_seconds
from shared.net.answers import Fetched

if TYPE_CHECKING:
    from chalicelib.crawler.fetching.visits import Reached

_MAX_ETAG, _MAX_DATE = 128, 40


@dataclass(frozen=True)
class Archived:
    """An HTTP answer to archive; see `store.port.Response`.

    Attributes:
        headers: lower-case names; repeated ones are joined.
        body: without its content coding.
        request: first line and headers, without secrets.
    """

    status_line: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    request: str = ""
    ip_address: str = ""


def of(reached: "Reached", profile: Profile) -> dict[str, Any]:
    """Return attributes of a `PageResult`: the contents of a page."""
    answer, document, earlier = reached.answer, reached.document, reached.earlier
    found: dict[str, Any] = {
        "etag": _short(answer.headers.get("etag"), _MAX_ETAG),
        "last_modified": _short(answer.headers.get("last-modified"), _MAX_DATE),
        "redirect_to": reached.target or answer.location,
        "latency_ms": reached.latency_ms,
        "retry_after": retry_after(answer.headers.get("retry-after", "")),
    }
    if reached.unchanged and earlier is not None:
        kept = ("title", "description", "language", "canonical", "digest", "simhash", "robots")
        return {
            **{name: earlier.get(name) for name in kept},
            **{name: value or earlier.get(name) for name, value in found.items()},
            "unchanged": True,
        }
    if answer.body:
        found["digest"] = text_digest.of_body(answer.body)
    if document is not None:
        found |= {
            "description": document.description,
            "language": document.language,
            "canonical": document.canonical,
            "alternates": document.alternates,
            "next": document.next,
            "headings": document.headings,
            "robots": ",".join(document.robots) or None,
            "structured": document.structured,
            "fields": document.fields,
            "links": document.found or _plain_links(document.links, profile),
            "simhash": document.simhash,
            "digest": document.digest or found.get("digest"),
            "dropped": document.cut,
        }
    if profile.keeps_answers:
        found["response"] = _archived(answer)
    if earlier is not None:
        found["unchanged"] = bool(found.get("digest")) and found["digest"] == earlier.get("digest")
    return found


def retry_after(value: str) -> int | None:
    """Seconds in a ``Retry-After`` header, also as a date; bounded."""
    value = value.strip()
    if value.isascii() and value.isdigit() and len(value) < 9:
        return min(int(value), RETRY_AFTER_MAX)
    try:
        moment = parsedate_to_datetime(value).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0, min(int(moment) - now_seconds(), RETRY_AFTER_MAX))


def _plain_links(links: list[str], profile: Profile) -> tuple[FoundLink, ...]:
    return tuple(FoundLink(url, "a") for url in links) if profile.wanted.graph else ()


def _short(value: str | None, limit: int) -> str | None:
    """Value that fits; a cut validator would match nothing."""
    return value if value and len(value) <= limit else None


def _archived(answer: Fetched) -> Archived:
    try:
        phrase = HTTPStatus(answer.status).phrase
    except ValueError:
        phrase = ""
    from ada_url import URL

    url = URL(answer.url)
    request = f"GET {url.pathname}{url.search} HTTP/1.1\r\nhost: {url.host}\r\n\r\n"
    headers = tuple(answer.headers.items())
    return Archived(f"HTTP/1.1 {answer.status} {phrase}", headers, answer.body, request)
