"""Text of an HTML page, in the encoding that browsers would find."""

import codecs
import re
from itertools import islice

# w3lib looks for declarations in the first bytes, as browsers do before they parse.
_PRESCANNED = 4096
_CHARSET = re.compile(rb"charset", re.IGNORECASE)
_DECLARATION, _DECLARATIONS = 1000, 1000


def text_of(body: bytes, content_type: str) -> str:
    """Decode a page; never fails.

    A byte order mark counts first, then the header, then a declaration in the page, also one
    behind the first kilobytes, which browsers meet while parsing.

    Args:
        content_type: the whole header, since it may name the charset.
    """
    from w3lib.encoding import (
        html_body_declared_encoding,
        html_to_unicode,
        http_content_type_encoding,
    )

    header = content_type or None
    if http_content_type_encoding(header) is None and _is_wide(html_body_declared_encoding(body)):
        # The declaration is in ASCII, so the page is: browsers take it as UTF-8.
        header = "text/html; charset=utf-8"
    text = html_to_unicode(header, body, auto_detect_fun=_undeclared)[1]
    # libxml2 ends a document at a NUL.
    return text.replace("\x00", " ")


def _is_wide(encoding: str | None) -> bool:
    return encoding is not None and encoding.startswith(("utf-16", "utf-32"))


def _undeclared(body: bytes) -> str | None:
    """Return the encoding of a page that names none in its first bytes."""
    from w3lib.encoding import html_body_declared_encoding

    for found in islice(_CHARSET.finditer(body, _PRESCANNED - len("charset")), _DECLARATIONS):
        start = body.rfind(b"<", max(0, found.start() - _DECLARATION), found.start())
        if body[start : start + 5].lower() == b"<meta":
            declared = html_body_declared_encoding(body[start : start + 2 * _DECLARATION])
            if declared is not None:
                return "utf-8" if _is_wide(declared) else declared
    try:
        # Not final: the body may be cut in the middle of a character.
        codecs.getincrementaldecoder("utf-8")().decode(body)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"
