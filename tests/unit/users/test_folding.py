"""Folding of names for search."""

from hypothesis import given
from hypothesis import strategies as st

from scripts.base.domain import load_app

load_app("users")

from chalicelib.users.core.folding import fold, words


def test_case_diacritics_and_width_do_not_matter():
    for text in ("Ångström", "ÅNGSTRÖM", "angstrom", "ａｎｇｓｔｒｏｍ", "A\u030angstro\u0308m"):
        assert fold(text) == "angstrom"
    assert fold("Straße") == fold("STRASSE")


def test_words_are_runs_of_letters_digits_and_underscores():
    assert words("Ada_L", "Augusta Ada  King-Noel (Lovelace) #1") == {
        "ada_l", "augusta", "ada", "king", "noel", "lovelace", "1",
    }  # fmt: skip
    assert words("李小龍") == {"李小龍"}
    assert words("!!! 🐦", "") == set()


@given(st.text(max_size=60))
def test_folding_twice_is_folding_once(text: str):
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=60))
def test_case_is_folded_whatever_the_script(text: str):
    assert fold(text.casefold()) == fold(text)


@given(st.lists(st.text(max_size=20), max_size=4))
def test_words_are_folded_and_hold_no_separator(texts: list[str]):
    for word in words(*texts):
        assert word == fold(word)
        assert word
        assert "#" not in word
        assert not any(char.isspace() for char in word)


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=10))
def test_the_beginning_of_a_word_leads_to_it(word: str):
    (found,) = words(word.title())
    assert all(found.startswith(next(iter(words(word[:n].upper())))) for n in range(1, len(word)))
