"""Subtitles: SRT and WebVTT (W3C), converted to WebVTT."""

import re

VTT, SRT = "text/vtt", "text/srt"
# "01:02:03,004 --> 01:02:04,000" of SRT; WebVTT has a dot, and may leave the hours out.
_TIMES = re.compile(
    r"^((?:\d{2,3}:)?\d{2}:\d{2})[.,](\d{3})[ \t]+-->[ \t]+((?:\d{2,3}:)?\d{2}:\d{2})[.,](\d{3})",
    re.MULTILINE,
)


def sniff(content: bytes) -> str | None:
    """Return the MIME type by content, ``None`` for other content."""
    text = _text(content)
    if text is None or not _TIMES.search(text):
        return None
    return VTT if text.startswith("WEBVTT") else SRT


def to_vtt(content: bytes) -> bytes:
    """Return WebVTT; SRT differs in its first line and decimal sign."""
    text = _text(content) or ""
    if not text.startswith("WEBVTT"):
        text = "WEBVTT\n\n" + _TIMES.sub(r"\1.\2 --> \3.\4", text)
    return text.encode()


def _text(content: bytes) -> str | None:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text.replace("\r\n", "\n").replace("\r", "\n")
