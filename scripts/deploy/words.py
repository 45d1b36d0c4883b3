"""Describe a change set in words."""

from __future__ import annotations

from typing import Any

from scripts.deploy.stacks import Proposal

_SIGNS = {"Add": "+", "Modify": "~", "Remove": "-", "Import": "<", "Dynamic": "?"}
_MEANINGS = {
    "Add": "create",
    "Modify": "change",
    "Remove": "remove",
    "Import": "take over",
    "Dynamic": "perhaps change",
}


def _what(change: dict[str, Any]) -> str:
    scope = sorted(
        {
            str(detail["Target"].get("Name") or detail["Target"].get("Attribute", ""))
            for detail in change.get("Details", [])
            if detail.get("Target")
        }
    )
    notes = []
    if scope and change["Action"] == "Modify":
        notes.append(", ".join(scope))
    if change.get("Replacement") in {"True", "Conditional"}:
        perhaps = "may be " if change["Replacement"] == "Conditional" else ""
        notes.append(f"{perhaps}REPLACED")
    if "Retain" in str(change.get("PolicyAction", "")):
        notes.append("the resource itself is kept")
    return f": {'; '.join(notes)}" if notes else ""


def lines(proposal: Proposal) -> list[str]:
    """Return one line per change, and how many of each kind."""
    counts: dict[str, int] = {}
    found = []
    order = list(_SIGNS)
    for change in sorted(
        proposal.changes, key=lambda one: (order.index(one["Action"]), one["LogicalResourceId"])
    ):
        action = change["Action"]
        counts[action] = counts.get(action, 0) + 1
        kind = change["ResourceType"].removeprefix("AWS::")
        found.append(f"  {_SIGNS[action]} {change['LogicalResourceId']} ({kind}){_what(change)}")
    total = ", ".join(f"{number} to {_MEANINGS[action]}" for action, number in counts.items())
    stands = "new stack" if proposal.new else "stack"
    return [f"{stands} {proposal.stack}: {total}", *found]


def dangers(proposal: Proposal) -> list[str]:
    """Return replaced or removed resources that hold data."""
    keeps = (
        "DynamoDB::Table",
        "DynamoDB::GlobalTable",
        "S3::Bucket",
        "KMS::Key",
        "SQS::Queue",
        "SNS::Topic",
    )
    return [
        f"{change['LogicalResourceId']} would be "
        + ("removed" if change["Action"] == "Remove" else "replaced by an empty one")
        for change in proposal.changes
        if change["ResourceType"].removeprefix("AWS::") in keeps
        and (change["Action"] == "Remove" or change.get("Replacement") == "True")
    ]
