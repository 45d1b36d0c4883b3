"""Random texts for keys and secrets."""

import secrets
import string

_ALPHABET = string.ascii_letters + string.digits


def letters_and_digits(length: int) -> str:
    """Return a secret of letters and digits, with 5.95 bits per character.

    X's OAuth 1.0a keys hold nothing else, and clients split tokens at their hyphen.
    """
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
