"""Time zones by their IANA names."""

import re
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# Names of the IANA database begin with a capital letter; `localtime` and `posix/…` are files.
_ZONE = re.compile(r"[A-Z][A-Za-z0-9_+\-]{0,30}(/[A-Za-z0-9_+\-]{1,30}){0,2}")


class UnknownTimeZone(ValueError):
    """A name that the IANA database does not have."""


@lru_cache(maxsize=512)
def time_zone(name: str) -> ZoneInfo:
    """Return a time zone by its IANA name.

    Raises:
        UnknownTimeZone: there is no such zone.
    """
    if _ZONE.fullmatch(name) is None:
        raise UnknownTimeZone(name)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UnknownTimeZone(name) from error
