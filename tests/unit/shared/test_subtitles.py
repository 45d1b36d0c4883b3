"""Subtitles by their text."""

import pytest

from shared.media import subtitles

SRT = b"\xef\xbb\xbf1\r\n00:00:01,000 --> 00:00:02,500\r\nCaw, caw\r\n"


def test_srt_becomes_webvtt() -> None:
    assert subtitles.sniff(SRT) == subtitles.SRT
    made = subtitles.to_vtt(SRT)
    assert made == b"WEBVTT\n\n1\n00:00:01.000 --> 00:00:02.500\nCaw, caw\n"
    assert subtitles.sniff(made) == subtitles.VTT
    assert subtitles.to_vtt(made) == made


@pytest.mark.parametrize("content", [b"", b"WEBVTT", b"hello", b"\xff\xfe", SRT + b"\0"])
def test_what_is_no_subtitles(content: bytes) -> None:
    assert subtitles.sniff(content) is None
