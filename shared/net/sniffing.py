"""MIME types of answers, by header and content (WHATWG MIME Sniffing)."""

import re

# The standard looks at so many bytes.
HEAD_BYTES = 1445
HTML = ("text/html", "application/xhtml+xml")
UNKNOWN = "application/octet-stream"
_TYPE = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+/[!#$%&'*+.^_`|~0-9a-z-]+")
_UNKNOWN_TYPES = frozenset({"", "unknown/unknown", "application/unknown", "*/*"})
_TAGS = (
    *("!doctype html", "html", "head", "script", "iframe", "h1", "div", "font", "table", "a"),
    *("style", "title", "b", "body", "br", "p", "meta", "link"),
)
_HTML = re.compile(
    rb"[\t\n\f\r ]*<(?:!--|(?:" + "|".join(_TAGS).encode() + rb")[\t\n\f\r />])", re.IGNORECASE
)
_XML_TYPES = frozenset({"text/xml", "application/xml"})
_XHTML_NAMESPACE = b"http://www.w3.org/1999/xhtml"
_XML = re.compile(rb"[\t\n\f\r ]*<\?xml")
_MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"%!PS-Adobe-", "application/postscript"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"BM", "image/bmp"),
    (b"\x00\x00\x01\x00", "image/x-icon"),
    (b"\x1f\x8b\x08", "application/x-gzip"),
    (b"PK\x03\x04", "application/zip"),
    (b"Rar!\x1a\x07", "application/x-rar-compressed"),
    (b"OggS\x00", "application/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"MThd\x00\x00\x00\x06", "audio/midi"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
    (b"wOFF", "font/woff"),
    (b"wOF2", "font/woff2"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
)
_RIFF = {b"WEBPVP": "image/webp", b"AVI ": "video/avi", b"WAVE": "audio/wave"}
# Two letters alone are also the beginning of texts.
_SHORT = frozenset({"image/bmp", "audio/mpeg"})
_BINARY = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_UTF8_BOM = b"\xef\xbb\xbf"


def declared(header: str) -> str:
    """Return the media type of a ``Content-Type`` header, lower case.

    Of several values, as of a repeated header, the last valid one counts (WHATWG Fetch);
    empty if none is valid.
    """
    found = ""
    for value in header.split(","):
        essence = value.partition(";")[0].strip().lower()
        if _TYPE.fullmatch(essence) and essence != "*/*":
            found = essence
    return found


def media_type(header: str, head: bytes, *, nosniff: bool = False) -> str:
    """Return the media type of an answer, as a browser would take it.

    A missing or meaningless header leaves it to the content. A header that declares a page
    is believed unless the content cannot be one.

    Args:
        head: the first bytes of the decoded body; `HEAD_BYTES` count.
        nosniff: the server forbids finding HTML in what it does not declare.
    """
    head = head[:HEAD_BYTES]
    stated = declared(header)
    if stated in _UNKNOWN_TYPES:
        stated = _of_content(head, nosniff)
    if stated in _XML_TYPES and _XHTML_NAMESPACE in head:
        return HTML[1]
    if stated in HTML and (found := _not_text(head)) and b"<" not in head:
        return found
    if stated in HTML and (found := _by_magic(head)) and found not in _SHORT:
        return found
    return stated


def depends_on_content(header: str) -> bool:
    """Return true if a ``Content-Type`` leaves the type to the content."""
    stated = declared(header)
    return stated in _UNKNOWN_TYPES or stated in _XML_TYPES


def is_binary(head: bytes) -> bool:
    """Return true if bytes cannot be a text."""
    return _not_text(head[:HEAD_BYTES]) is not None


def _of_content(head: bytes, nosniff: bool) -> str:
    text = _without_bom(head)
    if not nosniff and _HTML.match(text):
        return HTML[0]
    if not nosniff and _XML.match(text):
        return "text/xml"
    return _not_text(head) or "text/plain"


def _not_text(head: bytes) -> str | None:
    """Return the type of a binary content, ``None`` for a text."""
    if head[:2] in _UTF16:
        return None
    magic = _by_magic(head)
    if magic and (magic not in _SHORT or _BINARY.search(head)):
        return magic
    return UNKNOWN if _BINARY.search(head) else None


def _by_magic(head: bytes) -> str | None:
    for start, kind in _MAGIC:
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF":
        return next((kind for at, kind in _RIFF.items() if head[8:].startswith(at)), None)
    return "video/mp4" if head[4:8] == b"ftyp" else None


def _without_bom(head: bytes) -> bytes:
    if head.startswith(_UTF8_BOM):
        return head[3:]
    if (encoding := _UTF16.get(head[:2])) is not None:
        return head[2:].decode(encoding, "ignore").encode("utf-8", "ignore")
    return head
