"""Update expressions of versioned items."""

from hypothesis import given
from hypothesis import strategies as st

from scripts.base.domain import load_app

load_app("users")

from chalicelib.users.core.updates import unversioned, versioned
from chalicelib.users.graph import pairs

NAMES = st.sampled_from(["name", "status", "size", "url"])


def test_new_values_are_set_and_none_removes() -> None:
    assert versioned({"name": "Ada", "url": None, "limited": False}, at=5) == (
        "SET #name = :name, #limited = :limited, #updated_at = :updated_at REMOVE #url "
        "ADD #version :one",
        {"name": "Ada", "limited": False, "updated_at": 5, "one": 1},
    )


def test_a_quiet_change_gives_a_version_only_to_a_new_item() -> None:
    assert unversioned({"muted": True}, at=5) == (
        "SET #version = if_not_exists(#version, :version), "
        "#updated_at = if_not_exists(#updated_at, :updated_at), #muted = :muted",
        {"muted": True, "version": 1, "updated_at": 5},
    )


@given(st.dictionaries(NAMES, st.one_of(st.none(), st.integers())))
def test_each_attribute_is_either_set_or_removed(attributes: dict[str, int | None]) -> None:
    expression, values = versioned(attributes, at=1)
    sets, _, removes = expression.partition(" ADD ")[0].partition(" REMOVE ")
    for name, value in attributes.items():
        assert (f"#{name} = :{name}" in sets) == (value is not None)
        assert (f"#{name}" in removes) == (value is None)
        assert (name in values) == (value is not None)


def test_every_flag_of_a_pair_moves_with_the_key_of_its_index() -> None:
    """Indexes list users exactly while their flag is true."""
    indexed = {"following": "followed_id", "pending": "requested_id", "notify": "watched_id"}
    changes = [
        pairs.UNFOLLOW, pairs.END_REQUEST, pairs.BLOCK, pairs.NO_NOTICES,
        pairs.follow({"id": "2"}, "1"), pairs.request("2"), pairs.notices("2"),
    ]  # fmt: skip
    for change in changes:
        for flag, key in indexed.items():
            assert (flag in change) == (key in change), change
            assert bool(change.get(flag)) == bool(change.get(key)), change
