"""Regions that an installation may stand in, each with its number in ids.

Two bits of every id hold the number (`shared.base.ids`), so that regions never make the same id.
There are four at most. To deploy elsewhere, give the new region a number that no region
of yours has; a number that has made ids stays with its region for ever.
"""

from __future__ import annotations

from typing import Any

NUMBERS = {"us-east-1": 0, "eu-west-1": 1, "eu-central-1": 2, "ap-northeast-1": 3}

# Mapping of the templates; a stack in a region without a number is refused.
MAPPING: dict[str, Any] = {
    "Regions": {region: {"Number": str(number)} for region, number in NUMBERS.items()}
}
NUMBER = {"Fn::FindInMap": ["Regions", {"Ref": "AWS::Region"}, "Number"]}
