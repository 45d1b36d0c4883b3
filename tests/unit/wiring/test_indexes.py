"""No update changes two indexes of one table, whatever a stage lacks."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from scripts.deploy.indexes import steps


def template(**tables: dict[str, str]) -> dict[str, Any]:
    """Tables with their indexes and each index's hash key."""
    return {
        "Resources": {
            name: {
                "Type": "AWS::DynamoDB::Table",
                "Properties": {
                    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                    "AttributeDefinitions": [
                        {"AttributeName": one, "AttributeType": "S"}
                        for one in sorted({"id", *indexes.values()})
                    ],
                    **(
                        {
                            "GlobalSecondaryIndexes": [
                                {
                                    "IndexName": index,
                                    "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
                                }
                                for index, key in indexes.items()
                            ]
                        }
                        if indexes
                        else {}
                    ),
                },
            }
            for name, indexes in tables.items()
        }
    }


def shape(found: dict[str, Any], name: str) -> dict[str, str]:
    properties = found["Resources"][name]["Properties"]
    indexes = properties.get("GlobalSecondaryIndexes", [])
    keys = {one["IndexName"]: one["KeySchema"][0]["AttributeName"] for one in indexes}
    defined = {one["AttributeName"] for one in properties["AttributeDefinitions"]}
    assert defined == {"id", *keys.values()}
    return keys


def changes(before: dict[str, str], after: dict[str, str]) -> int:
    return len(set(before.items()) ^ set(after.items()))


def test_one_change_or_none_needs_no_step() -> None:
    wanted = template(Things={"by_a": "a"})
    assert list(steps(None, wanted)) == []
    assert list(steps(wanted, wanted)) == []
    assert list(steps(template(Things={}), wanted)) == []
    assert list(steps(template(Other={}), wanted)) == []


indexes = st.dictionaries(st.sampled_from("pqrs"), st.sampled_from("abc"), max_size=4)


@given(before=indexes, after=indexes, other_before=indexes, other_after=indexes)
def test_every_step_changes_one_index_of_a_table(
    before: dict[str, str],
    after: dict[str, str],
    other_before: dict[str, str],
    other_after: dict[str, str],
) -> None:
    standing = template(Things=before, Others=other_before)
    wanted = template(Things=after, Others=other_after)
    for step in [*steps(standing, wanted), wanted]:
        for name in ("Things", "Others"):
            assert changes(shape(standing, name), shape(step, name)) <= 1
        standing = step
