"""The contents that a run reads from pages, beyond links and heads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.crawler.core.keeping import GRAPH, kinds_of


@dataclass(frozen=True)
class Wanted:
    """Extraction of a run.

    Links and the text's digest are on unless a run says otherwise: its reports are made of
    them. A card needs neither.

    Attributes:
        images: follow and list ``img``, ``srcset`` and ``poster``.
        graph: list every link with its kind, relation and text.
        text: digest and simhash of the page's text.
        structured: JSON-LD, Open Graph and Twitter's tags.
        feeds: follow feeds and their entries.
        sitemaps: follow the site's sitemaps, from robots.txt and in them.
        fields: extraction rules by column, see `extract.rules`.
    """

    images: bool = False
    graph: bool = False
    text: bool = False
    structured: bool = False
    feeds: bool = False
    sitemaps: bool = False
    fields: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, options: Mapping[str, Any] | None) -> "Wanted":
        """Return the extraction that a run's options ask for."""
        given = options or {}
        return cls(
            images=bool(given.get("images")),
            graph=GRAPH in kinds_of(given),
            # A recrawl compares texts where a site gives no validators.
            text=bool(given.get("text_digest", True) or given.get("base_run")),
            structured=bool(given.get("structured_data")),
            feeds=bool(given.get("feeds")),
            sitemaps=bool(given.get("sitemaps")),
            fields=dict(given.get("extract") or {}),
        )

    def covers(self, other: "Wanted") -> bool:
        """Return true if this reads and follows all that another extraction would.

        Links of the graph and digests of texts aside, which are compared where they are used.
        """
        names = ("images", "structured", "feeds", "sitemaps")
        return all(getattr(self, name) >= getattr(other, name) for name in names) and (
            other.fields.items() <= self.fields.items()
        )

    @property
    def elements(self) -> bool:
        """True if more than the links of a page is listed."""
        return self.images or self.graph or self.text or self.structured


PLAIN = Wanted()
