"""Event source filters, as far as a merge file uses them.

On AWS the event source mapping drops records that match none of its filter
patterns before the function sees them. This does the same for the local pump.
Supported: plain values, ``prefix``, ``suffix``, ``anything-but`` (values or a
prefix), ``exists``, nested keys and ``$or``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from chalice.utils import to_cfn_resource_name

Pattern = Mapping[str, Any]
_MISSING = object()


class UnsupportedPatternError(ValueError):
    """A filter uses a part of the pattern grammar that only AWS knows."""


def _matches_rule(rule: Any, value: Any) -> bool:
    if not isinstance(rule, Mapping):
        return value is not _MISSING and type(value) is type(rule) and value == rule
    if len(rule) != 1:
        raise UnsupportedPatternError(f"one operator a rule, not {sorted(rule)}")
    ((operator, operand),) = rule.items()
    if operator == "exists":
        return (value is not _MISSING) == bool(operand)
    if operator == "prefix":
        return isinstance(value, str) and value.startswith(operand)
    if operator == "suffix":
        return isinstance(value, str) and value.endswith(operand)
    if operator == "anything-but":
        if value is _MISSING:
            return False
        rules = operand if isinstance(operand, list) else [operand]
        return not any(_matches_rule(one, value) for one in rules)
    raise UnsupportedPatternError(f"operator {operator!r}")


def matches(pattern: Pattern, record: Any) -> bool:
    """Return True if the record matches all keys of the pattern."""
    for key, wanted in pattern.items():
        if key == "$or":
            if not any(matches(one, record) for one in wanted):
                return False
            continue
        value = record.get(key, _MISSING) if isinstance(record, Mapping) else _MISSING
        if isinstance(wanted, Mapping):
            # Nested rules also see an absent branch: ``exists: false`` is true there.
            if not matches(wanted, {} if value is _MISSING else value):
                return False
        elif isinstance(value, list):
            if not any(_matches_rule(rule, one) for rule in wanted for one in value):
                return False
        elif not any(_matches_rule(rule, value) for rule in wanted):
            return False
    return True


class RecordFilter:
    """Patterns of one event source mapping; a record passes any of them."""

    def __init__(self, patterns: list[Pattern]) -> None:
        self.patterns = patterns

    def stream(self, record: Mapping[str, Any]) -> bool:
        """Return True if a DynamoDB stream record reaches the handler."""
        return not self.patterns or any(matches(one, record) for one in self.patterns)

    def queue(self, record: Mapping[str, Any]) -> bool:
        """Return True if a queue message, its body parsed, reaches the handler."""
        if not self.patterns:
            return True
        try:
            body = json.loads(record["body"])
        except ValueError:
            body = record["body"]
        seen = {**record, "body": body}
        return any(matches(one, seen) for one in self.patterns)


def _patterns(criteria: Any) -> list[Pattern]:
    filters = (criteria or {}).get("Filters") or []
    found = []
    for one in filters:
        pattern = one["Pattern"]
        if isinstance(pattern, Mapping) and "Fn::Sub" in pattern:
            pattern = pattern["Fn::Sub"]
        found.append(json.loads(pattern) if isinstance(pattern, str) else pattern)
    return found


def filters_for(template: Mapping[str, Any]) -> Callable[[str], RecordFilter]:
    """Filters of a merge template by the name of a Chalice event handler.

    A filter stands at the function's event or at a mapping resource of its own.
    Chalice's template spells ``on_tweet_change`` as ``OnTweetChange``.
    """
    resources = template.get("Resources") or {}
    by_function: dict[str, list[Pattern]] = {}
    for name, resource in resources.items():
        properties = resource.get("Properties") or {}
        for event in (properties.get("Events") or {}).values():
            criteria = (event.get("Properties") or {}).get("FilterCriteria")
            by_function.setdefault(name, []).extend(_patterns(criteria))
        if resource.get("Type") == "AWS::Lambda::EventSourceMapping":
            target = properties.get("FunctionName")
            target = target.get("Ref") if isinstance(target, Mapping) else target
            patterns = _patterns(properties.get("FilterCriteria"))
            by_function.setdefault(str(target), []).extend(patterns)
    return lambda handler: RecordFilter(by_function.get(to_cfn_resource_name(handler), []))
