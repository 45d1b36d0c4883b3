"""JSON Schemas of the options of a crawl about fetching and reading pages."""

from chalicelib.crawler.extract import rules

from shared.base.validation import Schema

_BOOLEAN: Schema = {"type": "boolean"}


def _texts(maximum: int) -> Schema:
    return {
        "type": "object",
        "maxProperties": maximum,
        "additionalProperties": {"type": "string", "maxLength": 2000},
    }


def _text(maximum: int) -> Schema:
    return {"type": "string", "minLength": 1, "maxLength": maximum}


_RULE: Schema = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "css": _text(rules.MAX_CHARS),
        "xpath": _text(rules.MAX_CHARS),
        "all": _BOOLEAN,
    },
}
OPTIONS: dict[str, Schema] = {
    "extract": {
        "type": "object",
        "maxProperties": rules.MAX_RULES,
        "additionalProperties": _RULE,
    },
    **dict.fromkeys(("structured_data", "images", "text_digest", "sitemaps", "feeds"), _BOOLEAN),
    "headers": _texts(20),
    "cookies": _texts(20),
    "auth": {
        "type": "object",
        "additionalProperties": False,
        "required": ["username", "password"],
        "properties": {"username": _text(200), "password": {"type": "string", "maxLength": 200}},
    },
    "proxy": _text(500),
    "base_run": _text(64),
}
