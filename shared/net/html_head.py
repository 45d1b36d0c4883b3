"""The end of an HTML document's head, found in its bytes."""

import re

_MARK = re.compile(rb"<(?:(script|style|template)[\s>]|(!--)|/head[\s>/]|body[\s>])", re.IGNORECASE)
# The longest mark, cut between two pieces.
_OVERLAP = 12


class HeadScanner:
    """Finds ``</head>`` or ``<body>`` outside of scripts, styles and comments."""

    def __init__(self) -> None:
        self._rest = b""
        self._until: re.Pattern[bytes] | None = None

    def feed(self, data: bytes) -> bool:
        """Take the next bytes; true once the head is over."""
        text, at = self._rest + data, 0
        while True:
            if self._until is not None:
                closed = self._until.search(text, at)
                if closed is None:
                    break
                self._until, at = None, closed.end()
            found = _MARK.search(text, at)
            if found is None:
                break
            if found[1] is None and found[2] is None:
                return True
            ending = rb"-->" if found[2] else rb"</" + found[1] + rb"[\s>/]"
            self._until, at = re.compile(ending, re.IGNORECASE), found.end()
        self._rest = text[max(at, len(text) - _OVERLAP) :]
        return False
