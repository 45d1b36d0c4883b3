"""Contracts of tables for other domains agree with the owners' models."""

import importlib
import json
import pkgutil
from typing import Any

import pytest
from pynamodb.models import Model

import shared.contracts
from scripts.base.cfn_yaml import load_template
from scripts.base.domain import load_app
from scripts.base.tables import is_table
from scripts.deploy.provision import templates
from scripts.deploy.templates import literal
from shared.aws.table import Table
from shared.contracts import (
    follower_lists,
    graph,
    media_bucket,
    profiles,
    tweet_object,
    tweets,
    unread_counts,
    user_object,
)
from shared.contracts.fields import TWEET_FIELDS, USER_FIELDS

for domain in ("users", "tweets", "notifications"):
    load_app(domain)

from chalicelib.notifications.core import models as notifications_models
from chalicelib.tweets.core import models as tweets_models
from chalicelib.tweets.media import object_store
from chalicelib.users.core import models as users_models
from chalicelib.users.core import token_models


class Recording(dict[str, Any]):
    """Item that records which attributes are read, also absent ones."""

    def __init__(self, *items: Any, **attributes: Any) -> None:
        super().__init__(*items, **attributes)
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.read.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.read.add(name)
        return super().get(name, default)


def attributes(model: type[Model]) -> set[str]:
    return set(model.get_attributes())


def contract_tables() -> dict[str, Table[Any]]:
    modules = [
        importlib.import_module(f"shared.contracts.{found.name}")
        for found in pkgutil.iter_modules(shared.contracts.__path__)
    ]
    return {
        f"{module.__name__.rpartition('.')[2]}.{name}": value
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, Table)
    }


def model_tables() -> dict[str, Table[Any]]:
    owners = (users_models, token_models, tweets_models, notifications_models)
    found = [value for owner in owners for value in vars(owner).values()]
    models = [one for one in found if isinstance(one, type) and issubclass(one, Model)]
    return {model.Meta.table_name: Table.of(model) for model in models if hasattr(model, "Meta")}


@pytest.mark.parametrize("name", contract_tables())
def test_a_contract_names_the_keys_of_the_owners_table(name: str) -> None:
    table = contract_tables()[name]
    owner = model_tables()[table.name]
    assert (table.hash_key, table.range_key) == (owner.hash_key, owner.range_key)


def test_the_tables_of_tweets_are_under_a_contract() -> None:
    assert {"tweets.TWEETS", "tweets.COUNTERS"} <= contract_tables().keys()


def test_unread_counts_have_the_promised_attribute() -> None:
    item = Recording(unread=3)
    assert unread_counts.unread(item) == 3
    assert item.read <= attributes(notifications_models.UnreadCounter)
    assert unread_counts.unread(None) == 0


def test_tweets_have_the_promised_attributes() -> None:
    assert attributes(tweets_models.Tweet) >= tweets.ATTRIBUTES
    assert attributes(tweets_models.Counter) >= tweets.COUNTS


def index_keys(domain: str, table: Table[Any]) -> dict[str, list[str]]:
    """Key names of a table's indexes in the owner's template."""
    for resource in load_template(templates()[domain])["Resources"].values():
        if not is_table(resource):
            continue
        if literal(resource["Properties"]["TableName"], "dev", "0" * 12, "us-east-1") == table.name:
            indexes = resource["Properties"].get("GlobalSecondaryIndexes", [])
            return {
                one["IndexName"]: [key["AttributeName"] for key in one["KeySchema"]]
                for one in indexes
            }
    raise LookupError(table.name)


def test_the_bucket_of_media_is_the_owners() -> None:
    assert media_bucket.bucket() == object_store.bucket()


def test_indexes_that_contracts_read_have_the_keys_that_they_name() -> None:
    found = index_keys("tweets", tweets.TWEETS)
    assert found[tweets.BY_AUTHOR] == ["author_id", "position"]
    found = index_keys("users", graph.FOLLOWS)
    for name, hash_key in (
        follower_lists._FOLLOWERS,
        follower_lists._REQUESTS,
        follower_lists._WATCHERS,
    ):
        assert found[name] == [hash_key, "user_id"]


@pytest.mark.parametrize("kind", ["tweet", "reply", "quote", "retweet"])
def test_tweet_objects_are_made_of_promised_attributes(kind: str) -> None:
    entities = {"mentions": [{"start": 0, "end": 2, "username": "a"}]}
    stored = {
        "id": "1", "author_id": "2", "kind": kind, "text": "@a b", "conversation_id": "1",
        "entities": json.dumps(entities), "in_reply_to_user_id": "2",
    }  # fmt: skip
    item = Recording(tweets.decode(stored))
    assert item["entities"] == entities
    counts = Recording(likes=1)
    tweet_object.present(item, frozenset(TWEET_FIELDS), counts=counts, marks=set(), owned=True)
    assert item.read <= tweets.ATTRIBUTES
    assert counts.read == tweets.COUNTS


def test_user_objects_and_cards_are_made_of_attributes_of_profiles() -> None:
    profile = Recording(id="1", username="ada", name="Ada", created_at=0)
    counts = Recording(followers=1)
    user_object.present(profile, frozenset(USER_FIELDS), counts, own=True)
    profiles.to_card(profile)
    assert profile.read <= attributes(users_models.User)
    assert counts.read > {"followers"}
    assert counts.read <= attributes(users_models.Counter)


def test_a_relation_holds_all_flags_of_a_pair() -> None:
    flags = {
        name: True
        for name, kind in users_models.Follow.get_attributes().items()
        # How an item came about is no relation.
        if kind.attr_type == "BOOL" and name != "imported"
    }
    pair = Recording(user_id="1", target_id="2", updated_at=3, **flags)
    relation = graph.to_relation(pair)
    assert pair.read <= attributes(users_models.Follow)
    assert {name: getattr(relation, name) for name in flags} == flags
    assert relation.changed_at == 3
