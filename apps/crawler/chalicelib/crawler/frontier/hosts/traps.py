"""Trap rules of a host: which links wait until last, and which are cut."""

from ada_url import URL
from chalicelib.crawler.core import limits

from shared.text import canonical_urls

# Names in one turn; a run keeps `limits.MAX_TRAPS`.
_PER_TURN = 3
_MAX_NAME = 200
_REMEMBERED = 10_000


class Traps:
    """Traps that one turn met.

    Attributes:
        names: rule and place of each, for the run's report.
    """

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.may_name = True
        self._met: set[str] = set()

    def name(self, rule: str, url: str) -> None:
        """Remember the place of a trap."""
        if self.may_name and len(self.names) < _PER_TURN:
            self.names.add(f"{rule} {place(rule, url)}"[:_MAX_NAME])

    def is_new(self, digest: str) -> bool:
        """True the first time that a turn meets an address."""
        if digest in self._met or len(self._met) == _REMEMBERED:
            return False
        self._met.add(digest)
        return True


def judge(same_path: int, same_directory: int) -> tuple[str, bool]:
    """Return the rule that an address falls under, and whether it is cut.

    Args:
        same_path: addresses with its path and other parameters, itself included.
        same_directory: addresses in directories of its form.
    """
    if same_path > limits.PARAMETERS_LATE:
        return "parameters", same_path > limits.PARAMETERS_CUT
    if same_directory > limits.DIRECTORY_LATE:
        return "directory", same_directory > limits.DIRECTORY_CUT
    return "", False


def place(rule: str, url: str) -> str:
    """Return the part of an address by which a rule knows its trap."""
    parsed = URL(canonical_urls.canonical(url) or url)
    if rule == "directory":
        return parsed.origin + directory_form(parsed.pathname) + "/"
    if rule == "repetition":
        segments = parsed.pathname.split("/")
        return parsed.origin + "/".join(segments[:3])
    return parsed.origin + parsed.pathname


def directory_form(path: str) -> str:
    """Return a path's directory with its numbers left out."""
    segments = path.rpartition("/")[0].split("/")
    return "/".join("#" if any(map(str.isdigit, one)) else one for one in segments)
