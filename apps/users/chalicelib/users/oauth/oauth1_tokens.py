"""Texts of OAuth 1.0a access tokens, with X's lengths and letters."""

from shared.base.random_text import letters_and_digits


def new(user_id: str) -> tuple[str, str]:
    """Return a new access token of a user, and its secret.

    tweepy and X's own clients read the user id out of the token, up to its one hyphen.
    """
    return f"{user_id}-{letters_and_digits(40)}", letters_and_digits(45)
