"""Lambda runtime of all functions, and when AWS gives it up.

Chalice takes the runtime from the Python that runs it, so two operators with two Pythons would
change the functions of a stage to and fro. Packaging refuses every Python but this one.
"""

from __future__ import annotations

import sys
from datetime import date

RUNTIME = "python3.11"
# From that day on AWS mends nothing; a month later functions can no longer be made, and after
# two they cannot be changed either. The dates are cfn-lint's, and a test compares.
DEPRECATED = {
    "python3.11": date(2027, 6, 30),
    "python3.12": date(2028, 10, 31),
    "python3.13": date(2029, 6, 30),
    "python3.14": date(2029, 6, 30),
}
# A move to another runtime takes wheels, budgets and a rehearsal.
NOTICE_DAYS = 180


class RuntimeMismatch(RuntimeError):
    """Another Python than the runtime's; the message says what to do."""


def refuse_another_python() -> None:
    """Refuse to package under another Python than the runtime.

    Raises:
        RuntimeMismatch: this is another one.
    """
    here = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    if here != RUNTIME:
        raise RuntimeMismatch(
            f"The functions run on {RUNTIME}, but this is {here}, and packages are compiled for "
            "the Python that runs the command. Remove .venv and run: "
            f"make install PYTHON3={RUNTIME}"
        )


def days_left(today: date, runtime: str = RUNTIME) -> int:
    """Return the days until AWS deprecates a runtime."""
    return (DEPRECATED[runtime] - today).days


def is_time_to_move(today: date, runtime: str = RUNTIME) -> bool:
    """Return true when the runtime's end is so near that the next one is due."""
    return days_left(today, runtime) <= NOTICE_DAYS
