"""Heads of pages: titles, Open Graph and cards.

Open Graph protocol (ogp.me), X's card tags, and JSON-LD of schema.org.
"""

from dataclasses import dataclass, field
from typing import Any

from shared.aws.dynamo import Item
from shared.base.config import settings

SITE = "Rookery"


@dataclass(frozen=True)
class Picture:
    """Picture of a page, with an absolute address."""

    url: str
    width: int | None = None
    height: int | None = None
    alt: str = ""
    large: bool = False


@dataclass(frozen=True)
class Head:
    """Part of a page that programs read.

    Attributes:
        title: of links to the page: without the site, which has a tag of its own.
        long_title: more than that, for the document itself.
        path: canonical path.
        kind: Open Graph's type.
        listed: search engines may list the page.
        data: what the page is about, in JSON-LD.
    """

    title: str
    description: str
    path: str
    kind: str = "website"
    listed: bool = True
    picture: Picture | None = None
    published: str = ""
    data: Item = field(default_factory=dict)
    long_title: str = ""

    @property
    def document_title(self) -> str:
        """Title of the document, with the site."""
        return SITE if self.title == SITE else f"{self.long_title or self.title} · {SITE}"

    @property
    def url(self) -> str:
        """Canonical address."""
        return settings().public_url + self.path

    @property
    def linked_data(self) -> Item:
        """JSON-LD document."""
        return {"@context": "https://schema.org", **self.data}

    def tags(self) -> list[tuple[str, str, str]]:
        """Return meta tags as (name of the naming attribute, name, content)."""
        tags = [
            ("name", "description", self.description),
            ("property", "og:site_name", SITE),
            ("property", "og:type", self.kind),
            ("property", "og:title", self.title),
            ("property", "og:description", self.description),
            ("property", "og:url", self.url),
            ("name", "twitter:card", "summary"),
            ("name", "twitter:title", self.title),
            ("name", "twitter:description", self.description),
        ]
        if not self.listed:
            tags.append(("name", "robots", "noindex"))
        if self.published:
            tags.append(("property", "article:published_time", self.published))
        if self.picture:
            tags += _picture_tags(self.picture)
        return [tag for tag in tags if tag[2]]


def _picture_tags(picture: Picture) -> list[tuple[str, str, str]]:
    tags: list[tuple[str, str, Any]] = [
        ("property", "og:image", picture.url),
        ("property", "og:image:width", picture.width),
        ("property", "og:image:height", picture.height),
        ("property", "og:image:alt", picture.alt),
        ("name", "twitter:image", picture.url),
        ("name", "twitter:image:alt", picture.alt),
    ]
    if picture.large:
        tags.append(("name", "twitter:card", "summary_large_image"))
    return [(kind, name, str(content)) for kind, name, content in tags if content]
