"""One rule for the texts that people write, such as names and messages.

A schema marks such a text with `MARK`: `LINE` for one line, `LINES` for several.
Stored texts are NFC, without characters that only mislead, and visible.
"""

import re
import unicodedata
from typing import Any

from shared.base.errors import invalid_parameters
from shared.base.validation import Schema

# An extension: documents and generated types pass it over.
MARK = "x-text"
LINE, LINES = "line", "lines"
# Letters and symbols by category that show nothing: fillers of Hangul, the empty Braille cell.
_BLANKS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
_BREAKS = re.compile("\r\n?|[\u2028\u2029]")
# Controls, also of the C1 range. Line breaks and tabs are judged first.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")
# Format characters that shape nothing: marks of width zero, soft hyphens, byte order marks,
# embeddings and overrides of direction, deprecated and interlinear marks. Joiners, marks and
# isolates of direction and the tags of flags stay.
_DROPPED = re.compile("[\u00ad\u180e\u202a-\u202e\u2060-\u2065\u206a-\u206f\ufeff\ufff0-\ufffb]")
# Khmer and Thai write it between words, so only single lines lose it.
_WIDTHLESS = "\u200b"
_ISOLATES, _END = "\u2066\u2067\u2068", "\u2069"


class UnclearTextError(ValueError):
    """The text is refused; the message is public."""


def clean(text: str, *, lines: bool = False) -> str:
    """Return a text as it is stored; empty if nothing of it is visible.

    Args:
        lines: line breaks and tabs are allowed.

    Raises:
        UnclearTextError: it holds control characters, or breaks in one line.
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    if lines:
        text = _BREAKS.sub("\n", text)
    elif _BREAKS.search(text) or "\n" in text or "\t" in text:
        raise UnclearTextError("must be one line")
    if _CONTROLS.search(text):
        raise UnclearTextError("holds control characters")
    kept = _DROPPED.sub("", text)
    if not lines:
        kept = kept.replace(_WIDTHLESS, "")
    # Last, since what is dropped may have stood between a letter and its mark.
    kept = unicodedata.normalize("NFC", _balanced(kept)).strip()
    return "" if is_blank(kept) else kept


def is_blank(text: str) -> bool:
    """Return true if a text is but white space and characters without width."""
    return not any(map(_is_seen, text))


def clean_body(schema: Schema, body: Any) -> Any:
    """Return a valid body with its marked texts as they are stored.

    Raises:
        Problem: 400 naming every text that is refused, or that is required and invisible.
    """
    errors: list[dict[str, Any]] = []
    cleaned = _walk(schema, body, "", errors)
    if errors:
        raise invalid_parameters(errors[:10])
    return cleaned


def _walk(schema: Schema, value: Any, path: str, errors: list[dict[str, Any]]) -> Any:
    if isinstance(value, str):
        return _member(schema, value, path, errors)
    if isinstance(value, dict) and "properties" in schema:
        known = schema["properties"]
        return {
            name: _walk(known[name], one, f"{path}.{name}".lstrip("."), errors)
            if name in known
            else one
            for name, one in value.items()
        }
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        return [
            _walk(schema["items"], one, f"{path}.{number}", errors)
            for number, one in enumerate(value)
        ]
    return value


def _member(schema: Schema, text: str, path: str, errors: list[dict[str, Any]]) -> str:
    if MARK not in schema:
        return text
    try:
        cleaned = clean(text, lines=schema[MARK] == LINES)
        if not cleaned and schema.get("minLength"):
            raise UnclearTextError("shows no character")
    except UnclearTextError as error:
        errors.append({"parameters": {path: [text[:200]]}, "message": f"{path}: {error}"})
        return text
    return cleaned


def _is_seen(character: str) -> bool:
    """Return true if a character is seen by itself.

    Marks and selectors need another character.
    """
    if character.isspace() or character in _BLANKS:
        return False
    return unicodedata.category(character) not in ("Cc", "Cf", "Mn", "Me")


def _balanced(text: str) -> str:
    """Close isolates of direction, so that they end with the text.

    Ends without a beginning are dropped.
    """
    if _END not in text and not any(one in text for one in _ISOLATES):
        return text
    kept: list[str] = []
    depth = 0
    for character in text:
        if character in _ISOLATES:
            depth += 1
        elif character == _END:
            if not depth:
                continue
            depth -= 1
        kept.append(character)
    return "".join(kept) + _END * depth
