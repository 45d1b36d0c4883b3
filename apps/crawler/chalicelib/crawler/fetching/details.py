"""The contents of a settled page, from the last answer of its visit."""

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from chalicelib.crawler.core.limits import RETRY_AFTER_MAX
from chalicelib.crawler.extract import text_digest
from chalicelib.crawler.extract.links import FoundLink
from chalicelib.crawler.fetching.profiles import Profile
from chalicelib.crawler.store.port import Response

from shared.aws.dynamo import Item
from shared.base.clock import now_seconds
from shared.net.answers import Exchange, Fetched

if TYPE_CHECKING:
    from chalicelib.crawler.fetching.visits import Reached

_MAX_ETAG, _MAX_DATE = 128, 40


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
            "response": _archived(answer, profile, earlier) if profile.keeps_answers else None,
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
        found["response"] = _archived(answer, profile)
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


def _archived(answer: Fetched, profile: Profile, earlier: Item | None = None) -> Response | None:
    """Answer for the archive; ``None`` for a body that was not read.

    That of another type than a page's is not: without its body it would be replayed as empty.

    Args:
        earlier: the page's record in the base run, if the answer refers to it.
    """
    exchange = answer.exchange
    unread = answer.truncated and not answer.body and answer.location is None
    if exchange is None or unread:
        return None
    truncated = ""
    if answer.broken:
        truncated = "disconnect"
    elif answer.truncated and answer.body:
        truncated = "length"
    return Response(
        exchange.status_line, exchange.received, answer.body,
        _request(answer.url, exchange, profile), exchange.ip_address, truncated,
        int(earlier["fetched_at"]) if earlier is not None else None,
    )  # fmt: skip


def _request(address: str, exchange: Exchange, profile: Profile) -> str:
    """Request as it was sent, without the headers that its run keeps secret."""
    from ada_url import URL

    url = URL(address)
    hidden = {name.lower() for name in profile.secrets.headers_for(address)}
    lines = [f"GET {url.pathname}{url.search} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in exchange.sent if name not in hidden]
    return "\r\n".join([*lines, "", ""])
