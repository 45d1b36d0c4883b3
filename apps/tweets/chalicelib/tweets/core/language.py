"""Guess the language of a tweet, with X's codes for tweets that have none.

``zxx``: no words at all; ``qme``: nothing but links; ``qht``, ``qam``, ``qct``: nothing but
hashtags, mentions, cashtags; ``qst``: too short to tell; ``und``: not known.
A script that a single language uses decides at once; languages in Latin script are
told apart by their commonest words. Language libraries weigh megabytes and a cold start.
"""

import re
import unicodedata

from shared.text.entities import find_cashtags, find_hashtags, find_mentions
from shared.text.links import find_urls

_SHORT = 2
# Unicode names of letters begin with the script; these are (nearly) one language's own.
_SCRIPTS = {
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "THAI": "th",
    "GREEK": "el",
    "HEBREW": "iw",
    "ARMENIAN": "hy",
    "GEORGIAN": "ka",
    "TAMIL": "ta",
    "TELUGU": "te",
    "BENGALI": "bn",
    "GUJARATI": "gu",
    "KANNADA": "kn",
    "MALAYALAM": "ml",
    "SINHALA": "si",
    "LAO": "lo",
    "KHMER": "km",
    "MYANMAR": "my",
    "TIBETAN": "bo",
    "ETHIOPIC": "am",
    "DEVANAGARI": "hi",
    "ARABIC": "ar",
    "CJK": "zh",
    "CYRILLIC": "ru",
}
_WORDS = {
    "en": "the and of to is in it you that was for are with this have not but what from my be",
    "es": "el la los las de que y en un una es por con para no se lo como más pero",
    "fr": "le la les des et est un une du que qui dans pour pas sur avec je ce il nous",
    "de": "der die das und ist nicht ein eine ich mit auf für von zu den im auch wie wir es",
    "pt": "o a os as de que e do da em um uma para com não é por mais se mas",
    "it": "il lo la gli di che e un una per non è con sono del della ma come mi anche",
    "nl": "de het een en van is dat niet ik op te voor met zijn maar je wat er aan ook",
    "sv": "och att det som en på är av för med den till inte jag om ett har vi men",
    "pl": "w na nie to że się jest z do jak co ale czy dla od po już tak mi",
    "tr": "bir ve bu için de da ne çok ama gibi ben daha var mı değil her o ile",
    "id": "yang dan di ini itu dengan untuk tidak dari dalam akan pada ada saya juga ke",
}
_OF_WORD: dict[str, list[str]] = {}
for _language, _line in _WORDS.items():
    for _word in _line.split():
        _OF_WORD.setdefault(_word, []).append(_language)


def guess(text: str) -> str:
    """Return a BCP 47 tag, or one of X's own codes."""
    urls, mentions = find_urls(text), find_mentions(text)
    hashtags, cashtags = find_hashtags(text), find_cashtags(text)
    found = {"qme": urls, "qam": mentions, "qht": hashtags, "qct": cashtags}
    spans = [(start, end) for kind in found.values() for start, end, _ in kind]
    words = _words(text, spans)
    letters = sum(map(len, words))
    if not letters:
        return next((code for code, kind in found.items() if kind), "zxx")
    by_script = _by_script("".join(words))
    if by_script:
        return by_script
    if letters <= _SHORT:
        return "qst"
    return _by_words(words)


def _words(text: str, spans: list[tuple[int, int]]) -> list[str]:
    """Return the words of a text outside its entities."""
    characters = list(text)
    for start, end in spans:
        characters[start:end] = " " * (end - start)
    return re.findall(r"[^\W\d_]+", "".join(characters).lower())


def _by_script(letters: str) -> str | None:
    """Return the language of most letters' script; kana decides for Japanese."""
    counts: dict[str, int] = {}
    for letter in letters:
        script = unicodedata.name(letter, "").partition(" ")[0]
        language = _SCRIPTS.get(script)
        if language:
            counts[language] = counts.get(language, 0) + 1
    if not counts or 2 * sum(counts.values()) < len(letters):
        return None
    return "ja" if "ja" in counts else max(counts, key=lambda language: counts[language])


def _by_words(words: list[str]) -> str:
    """Return the language of most common words, if it is clearly one."""
    scores: dict[str, int] = {}
    for word in words:
        for language in _OF_WORD.get(word, ()):
            scores[language] = scores.get(language, 0) + 1
    ranked = sorted(scores.items(), key=lambda pair: -pair[1])
    clear = ranked and (len(ranked) == 1 or ranked[0][1] > ranked[1][1])
    if not clear or (ranked[0][1] == 1 and len(words) > 4):
        return "und"
    return ranked[0][0]
