"""Names of the parts of a run's files."""

# Between a unit of work and its fencing token.
_FENCE = "+"


def part_name(work: str, fence: int) -> str:
    """Return the name of the part of a unit of work that may be repeated.

    Names of one unit of work follow each other by fencing token.
    """
    return f"{work}{_FENCE}{fence:08d}"


def work_of(key: str) -> str:
    """Return the unit of work that the part of a key belongs to."""
    name = key.rpartition("/")[2].partition(".")[0]
    return name.rpartition(_FENCE)[0] or name
