"""Change indexes one by one, as DynamoDB demands of each table.

CloudFormation refuses an update that changes two of one table. A stage that was
deployed before may lack several, so the way to the new template leads over
templates that differ from one another by one index a table.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from scripts.base.tables import is_table
from scripts.deploy.templates import Template

_INDEXES = "GlobalSecondaryIndexes"


def _indexes(table: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["IndexName"]: one for one in table.get("Properties", {}).get(_INDEXES) or []}


def _towards(standing: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any] | None:
    """Return a table one index nearer to its goal; None if one step is left."""
    before, after = _indexes(standing), _indexes(wanted)
    # An index that changes its keys goes and comes again.
    gone = [name for name in before if after.get(name) != before[name]]
    new = [name for name in after if name not in before]
    if len(gone) + len(new) + sum(name in after for name in gone) <= 1:
        return None
    step = copy.deepcopy(wanted)
    kept = dict(before)
    if gone:
        del kept[gone[0]]
    else:
        kept[new[0]] = after[new[0]]
    properties = step["Properties"]
    properties[_INDEXES] = list(kept.values())
    if not kept:
        del properties[_INDEXES]
    # Attributes are defined exactly for the keys of the table and of its indexes.
    keys = [*properties["KeySchema"], *(key for one in kept.values() for key in one["KeySchema"])]
    named = {key["AttributeName"] for key in keys}
    every = {
        one["AttributeName"]: one
        for table in (standing, wanted)
        for one in table["Properties"]["AttributeDefinitions"]
    }
    properties["AttributeDefinitions"] = [every[name] for name in sorted(named)]
    return step


def steps(standing: Template | None, wanted: Template) -> Iterator[Template]:
    """Yield templates to apply before the wanted one, if it takes several.

    Everything but indexes is as wanted from the first step on.
    """
    while standing:
        tables = {}
        for name, resource in wanted["Resources"].items():
            before = standing.get("Resources", {}).get(name)
            if is_table(resource) and before:
                nearer = _towards(before, resource)
                if nearer is not None:
                    tables[name] = nearer
        if not tables:
            return
        # The other tables stay at what their own single step left, or go all the way now.
        standing = {**wanted, "Resources": {**wanted["Resources"], **tables}}
        yield standing
