"""Rules against easily guessed passwords (NIST SP 800-63B, 5.1.1.2).

No network and no composition rules: a list of common passwords with the usual
decorations, runs and repetitions, and the user's own name and address.
"""

import re
from pathlib import Path

from shared.base.errors import Problem, invalid_parameters
from shared.base.process import process

_LIST = Path(__file__).parent / "common_passwords.txt"
_LEET = str.maketrans("@4031!5$7", "aaoeiisst")
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "azertyuiop",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "1q2w3e4r5t6y7u8i9o0p",
)
# This many characters around a common word do not make it a good password.
_DECORATION = 5
# Shorter names occur in almost any sentence.
_SHORTEST_NAME = 4


def require_good(password: str, username: str, email: str | None, member: str) -> None:
    """Refuse a password that is easily guessed.

    Args:
        member: member of the request's body that the error names.

    Raises:
        Problem: 400 with the reason; the password itself is never repeated.
    """
    reason = weakness(password, username, email)
    if reason:
        raise _refused(member, reason)


def weakness(password: str, username: str, email: str | None) -> str | None:
    """Return the reason why a password is easily guessed, or ``None``."""
    lower = password.lower()
    if len(set(lower)) < 5:
        return "repeats the same few characters"
    if _repeats(lower):
        return "repeats one short piece"
    if _is_run(lower):
        return "is a sequence of characters"
    local_part = (email or "").partition("@")[0]
    for words, name in (("username", username.lower()), ("email address", local_part.lower())):
        if len(name) >= _SHORTEST_NAME and name in lower:
            return f"contains your {words}"
    if _common(lower):
        return "is one of the most common passwords"
    return None


def _common(lower: str) -> bool:
    known = _known()
    for text in {lower, lower.translate(_LEET)}:
        core = re.sub(r"^[^a-z]+|[^a-z]+$", "", text)
        if text in known or (core in known and len(text) - len(core) <= _DECORATION):
            return True
    # Digits at the end are decoration; those in the middle may stand for letters.
    bare = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", lower)
    return len(lower) - len(bare) <= _DECORATION and bare.translate(_LEET) in known


def _repeats(text: str) -> bool:
    return any(
        len(text) > size and text == (text[:size] * len(text))[: len(text)]
        for size in range(1, len(text) // 2 + 1)
    )


def _is_run(lower: str) -> bool:
    """Return whether one or two runs make up the whole password."""
    runs = [*_RUNS, *(run[::-1] for run in _RUNS)]
    left, reached = lower, 0
    while left and reached < 3:
        sizes = range(3, len(left) + 1)
        size = max((n for n in sizes if any(left[:n] in run for run in runs)), default=0)
        if not size:
            return False
        left, reached = left[size:], reached + 1
    return not left


@process.lazy
def _known() -> frozenset[str]:
    lines = _LIST.read_text(encoding="ascii").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def _refused(member: str, reason: str) -> Problem:
    message = f"{member}: the password {reason}; choose another one."
    return invalid_parameters([{"parameters": {member: ["…"]}, "message": message}])
