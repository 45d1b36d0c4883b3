"""Pages from templates; whatever people wrote is escaped."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chalicelib.tweets.pages.head import Head
from jinja2 import Environment, FileSystemLoader

from shared.base.config import settings
from shared.base.process import process

_TEMPLATES = Path(__file__).parent / "templates"
# As the web client's own page: it takes over in this document.
HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": (
        "default-src 'self'; img-src 'self' blob: data: https: http:; media-src 'self' blob:; "
        "style-src 'self'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'; "
        "base-uri 'none'; form-action 'self'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
}


@dataclass(frozen=True)
class Page:
    """A page before it is rendered.

    Attributes:
        template: name of a template, without its ending.
        location: canonical path to go to instead (301).
    """

    template: str
    head: Head
    values: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    location: str = ""


@process.lazy
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(page: Page) -> str:
    """Return a page's HTML."""
    template = _environment().get_template(f"{page.template}.html")
    return template.render(head=page.head, site=settings().public_url, **page.values)
