"""Tables in templates: global ones hold truths, plain ones what follows.

A global table can get replicas in more regions later; a plain one never becomes global
without being deleted. Recovery, protection and tags belong to each replica.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PLAIN, GLOBAL = "AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"
TABLES = frozenset({PLAIN, GLOBAL})
# Truth is backed up and copied; derived is made again (docs/data-model.md).
TRUTH, DERIVED = "truth", "derived"
KINDS = frozenset({TRUTH, DERIVED})


def is_table(resource: Mapping[str, Any]) -> bool:
    """Return true if a resource of a template is a table."""
    return resource.get("Type") in TABLES


def kind(resource: Mapping[str, Any]) -> str | None:
    """Return the declared kind of a table, `TRUTH` or `DERIVED`."""
    found = (resource.get("Metadata") or {}).get("Rookery", {}).get("kind")
    return str(found) if found else None


def replicas(resource: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the parts of a table's properties that hold for one region each."""
    properties: dict[str, Any] = resource["Properties"]
    return list(properties["Replicas"]) if resource["Type"] == GLOBAL else [properties]


def recoverable(resource: dict[str, Any]) -> bool:
    """Return true if a table has point-in-time recovery in every region."""
    recovery = (one.get("PointInTimeRecoverySpecification", {}) for one in replicas(resource))
    return all(one.get("PointInTimeRecoveryEnabled") is True for one in recovery)


def protected(resource: dict[str, Any]) -> bool:
    """Return true if a table refuses to be deleted in every region."""
    return all(one.get("DeletionProtectionEnabled") is True for one in replicas(resource))
