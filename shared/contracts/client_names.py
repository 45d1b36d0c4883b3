"""Names of apps: the ``source`` of the tweets that they post.

Owner: users, the only writer. Table ``clients``, hash ``key`` = ``client#<client id>``:
``client_id`` and ``name``; a deleted app has no item.

Promise: a name is at most `CACHE_SECONDS` old.
"""

from collections.abc import Iterable
from typing import Any

from shared.aws.table import Table
from shared.base.config import settings
from shared.base.process import Cache, process

CACHE_SECONDS = 300.0
CLIENTS: Table[Any] = Table(settings().name("users", "clients"), "key")
# Our own client is no developer's app.
_OWN = {"rookery-web": "Rookery Web App"}
_names: Cache[str, str] = process.cache(4096, CACHE_SECONDS)


def names(client_ids: Iterable[str]) -> dict[str, str]:
    """Return names by client id, from the process's cache or one BatchGetItem.

    Deleted apps are left out.
    """
    wanted = set(client_ids)
    found = _names.get_many(wanted) | {one: _OWN[one] for one in wanted & _OWN.keys()}
    missing = sorted(wanted - found.keys())
    if not missing:
        return found
    items = CLIENTS.get_many({"key": f"client#{client_id}"} for client_id in missing)
    loaded = {item["client_id"]: item["name"] for item in items}
    _names.put_many(loaded)
    return found | loaded
