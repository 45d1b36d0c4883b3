"""Answers of untrusted servers, and failures to get one."""

from dataclasses import dataclass, field
from typing import Literal

from ada_url import join_url

from shared.net import sniffing
from shared.net.refresh import Refresh, refresh_of

Kind = Literal[
    "refused", "dns", "connect", "timeout", "too_large", "too_many_redirects", "tls", "http",
    "decode",
]  # fmt: skip

REDIRECTS = frozenset({301, 302, 303, 307, 308})


class FetchError(Exception):
    """Failure of a request.

    Attributes:
        kind: ``refused`` (by policy), ``dns``, ``connect``, ``timeout``, ``too_large``,
            ``too_many_redirects``, ``tls``, ``http`` (the answer is not HTTP), ``decode``.
        detail: safe to show to the user who chose the URL; names no address.
    """

    def __init__(self, kind: Kind, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind: Kind = kind
        self.detail = detail


Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Exchange:
    """The heads of a request and of its answer as they were sent.

    Attributes:
        sent: names and values of the request, in order.
        status_line: of the answer.
        received: names as the server spells them; repeated ones stay apart. Values hold raw
            bytes as Latin-1.
        ip_address: of the server; empty behind a proxy.
    """

    sent: Headers
    status_line: str
    received: Headers
    ip_address: str = ""


@dataclass(frozen=True)
class Fetched:
    """An answer.

    Attributes:
        url: final URL, after redirects.
        status: HTTP status code.
        headers: lower-case names; repeated ones joined by commas.
        body: decoded from its content coding, at most ``max_bytes``.
        truncated: the body is incomplete: cut at ``max_bytes``, broken off, or not of an
            accepted type.
        redirects: the URLs that led here, in order.
        broken: the body broke off before its end.
        media_type: MIME type by header and content, where the body was looked at.
        exchange: heads of the last request and answer, for archives.
    """

    url: str
    status: int
    headers: dict[str, str]
    body: bytes
    truncated: bool = False
    redirects: tuple[str, ...] = ()
    broken: bool = False
    media_type: str | None = field(default=None)
    exchange: Exchange | None = field(default=None, repr=False, compare=False)

    @property
    def content_type(self) -> str:
        """The media type without parameters, lower case; empty when there is none."""
        if self.media_type is not None:
            return self.media_type
        return sniffing.declared(self.headers.get("content-type", ""))

    @property
    def location(self) -> str | None:
        """Target of a redirect as an absolute URL; ``None`` without a valid one."""
        if self.status not in REDIRECTS or "location" not in self.headers:
            return None
        try:
            return join_url(self.url, escaped(self.headers["location"]))
        except ValueError:
            return None

    @property
    def refresh(self) -> Refresh | None:
        """Target of a ``Refresh`` header, if there is one."""
        return refresh_of(escaped(self.headers.get("refresh", "")), self.url)


def escaped(value: str) -> str:
    """Return a header's value with raw bytes percent-encoded.

    So browsers send them on. http.client reads bytes as Latin-1: ``/café`` in UTF-8 means
    ``/caf%C3%A9``.
    """
    if value.isascii():
        return value
    return "".join(sign if sign.isascii() else f"%{ord(sign):02X}" for sign in value)
