"""The one rule for texts: what is kept, dropped and refused."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.base.errors import Problem
from shared.text.cleaning import LINE, LINES, UnclearTextError, clean, clean_body

# Flags of regions are written with tags.
SCOTLAND = "🏴" + "".join(map(chr, (0xE0067, 0xE0062, 0xE0073, 0xE0063, 0xE0074, 0xE007F)))
KEPT = [
    "Ada", "Ada Lovelace", "Zoë", "日本語", "नमस्ते", "👩\u200d👩\u200d👧", SCOTLAND,
    "می\u200cخواهم", "❤\ufe0f", "a\u200eb", "\u2067עברית\u2069", "©",
]  # fmt: skip
CHANGED = {
    "  Ada ": "Ada",
    "e\u0301": "é",
    "Ad\u200ba": "Ada",
    "\ufeffAda": "Ada",
    "Ad\u00ada": "Ada",
    "\u202eadA": "adA",
    "\u2067עברית": "\u2067עברית\u2069",
    "a\u2069b": "ab",
    "a \u200b": "a",
    "e\u200b\u0301": "é",
    "\u2066\u2067a\u2069": "\u2066\u2067a\u2069\u2069",
}
INVISIBLE = [
    "\u200b", "\u3164", "\u2800", "\u115f\u1160", "\uffa0", " \u00a0\u2003", "\u200d", "\ufe0f",
    "\u0301", "\u2066\u2069", "\u202e", "\U000e0001", "\ufeff",
]  # fmt: skip
REFUSED = [
    "\x07x",
    "A\r\nB",
    "A\nB",
    "A\rB",
    "A\tB",
    "A\u2028B",
    "A\x00",
    "A\x1b[31m",
    "A\x85",
    "\x9b",
    "\uffff",
]


@pytest.mark.parametrize("text", KEPT)
def test_ordinary_texts_stay_as_they_are(text: str) -> None:
    assert clean(text) == clean(text, lines=True) == text


@pytest.mark.parametrize("text", CHANGED)
def test_what_misleads_is_dropped(text: str) -> None:
    assert clean(text) == CHANGED[text]


@pytest.mark.parametrize("text", INVISIBLE)
def test_invisible_texts_are_empty(text: str) -> None:
    assert clean(text) == clean(text, lines=True) == ""


@pytest.mark.parametrize("text", REFUSED)
def test_controls_and_breaks_are_refused_in_lines(text: str) -> None:
    with pytest.raises(UnclearTextError):
        clean(text)


def test_several_lines_may_break() -> None:
    assert clean("a\r\nb\rc\u2028d\n\te", lines=True) == "a\nb\nc\nd\n\te"
    assert clean("ខ្ញុំ\u200bជា", lines=True) == "ខ្ញុំ\u200bជា"
    with pytest.raises(UnclearTextError):
        clean("a\x07", lines=True)


_NASTY = st.text(alphabet=st.sampled_from("ae \u0301\u200b\u2066\u2069\u202e\ufeff\n"), max_size=20)


@given(st.one_of(st.text(max_size=60), _NASTY), st.booleans())
def test_cleaning_twice_is_cleaning_once(text: str, lines: bool) -> None:
    try:
        once = clean(text, lines=lines)
    except UnclearTextError:
        return
    assert clean(once, lines=lines) == once
    assert unicodedata.is_normalized("NFC", once)


def test_bodies_are_cleaned_where_their_schemas_say_so() -> None:
    schema = {
        "properties": {
            "name": {"type": "string", "x-text": LINE, "minLength": 1},
            "bio": {"type": "string", "x-text": LINES},
            "token": {"type": "string"},
            "poll": {"properties": {"options": {"items": {"x-text": LINE, "minLength": 1}}}},
        }
    }
    body = {
        "name": " A",
        "bio": "\u200b",
        "token": " t ",
        "other": " o ",
        "poll": {"options": ["x "]},
    }
    assert clean_body(schema, body) == {
        "name": "A", "bio": "", "token": " t ", "other": " o ", "poll": {"options": ["x"]},
    }  # fmt: skip
    with pytest.raises(Problem) as caught:
        clean_body(schema, {"name": "\u3164", "poll": {"options": ["a", "b\n"]}})
    assert [one["message"] for one in caught.value.errors or ()] == [
        "name: shows no character",
        "poll.options.1: must be one line",
    ]


def test_long_texts_cost_little() -> None:
    started = time.thread_time()
    for text in ("\u2066" * 25_000, "\u200b" * 25_000, "e\u0301" * 12_000):
        clean(text, lines=True)
    assert time.thread_time() - started < 1
