"""The region that wrote an item of a truth table last.

Truth tables may have replicas in several regions, whose streams show all writes without their
origin. So each write of a truth names its region, and effects that must happen once (a mail, a
push) can happen where the write was made. It costs 9 bytes per item and no unit.
"""

import re
from functools import lru_cache

from shared.aws.dynamo import Item
from shared.aws.expressions import Values
from shared.base.config import settings

REGION = "region"
_CLAUSE = f"#{REGION} = :{REGION}"
_SET = re.compile(r"(?<![#:\w])SET\s")


def named(item: Item) -> Item:
    """Return an item that names this region."""
    return {**item, REGION: settings().region_code}


def naming(expression: str, values: Values) -> tuple[str, Values]:
    """Return an update, and its values, that also names this region.

    An update that sets the region itself stays as it is.
    """
    if _CLAUSE in expression:
        return expression, values
    return _extended(expression), {**values, REGION: settings().region_code}


@lru_cache(maxsize=1024)
def _extended(expression: str) -> str:
    # An expression may have one SET clause, so this joins the one that is there.
    extended, found = _SET.subn(f"SET {_CLAUSE}, ", expression, count=1)
    return extended if found else f"SET {_CLAUSE} {expression}"
