"""Folding of names for search: without case, diacritics and width."""

import unicodedata


def fold(text: str) -> str:
    """Fold case and drop combining marks: "Ångström" becomes "angstrom".

    Folding twice equals folding once.
    """
    # Case folding may make characters that decompose further, and vice versa.
    while (folded := _folded_once(text)) != text:
        text = folded
    return text


def words(*texts: str) -> set[str]:
    """Return folded words: runs of letters, digits, marks, underscores."""
    found: set[str] = set()
    for text in texts:
        spaced = "".join(char if _in_word(char) else " " for char in fold(text))
        found.update(spaced.split())
    return found


def _folded_once(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _in_word(char: str) -> bool:
    return char == "_" or char.isalnum() or unicodedata.category(char)[0] == "M"
