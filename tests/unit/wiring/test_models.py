"""PynamoDB's models and the templates' tables agree."""

from collections.abc import Iterator
from typing import Any

from pynamodb.indexes import Index
from pynamodb.models import Model

from scripts.base.cfn_yaml import load_template
from scripts.base.domain import domains, load_app
from scripts.base.tables import TRUTH, is_table, kind
from scripts.deploy.provision import templates
from scripts.deploy.templates import literal
from shared.aws.models import TruthModel

DOMAINS = domains()


def _tables() -> dict[str, dict[str, Any]]:
    found = {}
    for path in templates().values():
        for resource in load_template(path)["Resources"].values():
            if is_table(resource):
                name = literal(resource["Properties"]["TableName"], "dev", "0" * 12, "us-east-1")
                found[str(name)] = resource["Properties"]
    return found


def _schema(keys: list[dict[str, str]], types: dict[str, str]) -> list[tuple[str, str, str]]:
    return [(one["AttributeName"], one["KeyType"], types[one["AttributeName"]]) for one in keys]


def _models() -> Iterator[type[Model]]:
    for domain in DOMAINS:
        load_app(domain)
    waiting = list(Model.__subclasses__())
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if str(getattr(getattr(kind, "Meta", None), "table_name", "")).startswith("rookery-dev-"):
            yield kind


def _keys(attributes: Any) -> list[tuple[str, str, str]]:
    found = [
        (one.attr_name, "HASH" if one.is_hash_key else "RANGE", one.attr_type)
        for one in attributes
        if one.is_hash_key or one.is_range_key
    ]
    return sorted(found, key=lambda one: one[1])


def test_items_of_truths_name_the_region_that_wrote_them_and_no_others() -> None:
    """Every write of a truth goes through a table that knows what it is."""
    truths = {
        str(literal(resource["Properties"]["TableName"], "dev", "0" * 12, "us-east-1"))
        for path in templates().values()
        for resource in load_template(path)["Resources"].values()
        if is_table(resource) and kind(resource) == TRUTH
    }
    named = {m.Meta.table_name for m in _models() if issubclass(m, TruthModel)}
    # Audit logs have no model: `shared.auth.audit` declares their table.
    audits = {f"rookery-dev-{domain}-audit" for domain in DOMAINS} & truths
    assert len(audits) == 2
    assert named | audits == truths


def test_models_and_tables_agree() -> None:
    tables = _tables()
    models = list(_models())
    assert len(models) > 10
    for model in models:
        name = model.Meta.table_name
        assert name in tables, f"{model.__name__}: no template makes {name}"
        table = tables[name]
        types = {
            one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]
        }
        assert _keys(model.get_attributes().values()) == _schema(table["KeySchema"], types), name
        indexes = {
            one["IndexName"]: one
            for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes")
            for one in table.get(kind, [])
        }
        for index in (one for one in vars(model).values() if isinstance(one, Index)):
            title = str(index.Meta.index_name)
            assert title in indexes, f"{name} has no index {title}"
            schema = index._get_schema()
            keys = sorted(schema["key_schema"], key=lambda one: one["KeyType"])
            assert keys == indexes[title]["KeySchema"], title
            for one in schema["attribute_definitions"]:
                assert types[one["AttributeName"]] == one["AttributeType"], title
            projection = schema["projection"]["ProjectionType"]
            assert projection == indexes[title]["Projection"]["ProjectionType"], title
        if "expires_at" in model.get_attributes():
            # An attribute of this name without expiry would only pretend.
            expiry = table.get("TimeToLiveSpecification", {})
            assert expiry.get("AttributeName") == "expires_at" or name.endswith(
                ("-clients", "-accounts")
            ), name
