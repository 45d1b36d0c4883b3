"""Base of every PynamoDB model: names of tables and the shared client."""

from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.connection.table import TableConnection
from pynamodb.models import Model

from shared.aws import sdk
from shared.base.config import settings


class MetaBase:
    """Common ``Meta``; a model adds only ``table_name``."""

    region = settings().region
    host = settings().endpoint_url


def table_name(domain: str, thing: str) -> str:
    """Return ``rookery-<stage>-<domain>-<thing>``."""
    return settings().name(domain, thing)


class BaseModel(Model):
    """Model whose calls go through the process's one DynamoDB client.

    PynamoDB would make a client per model: each costs milliseconds of a cold
    start, and hooks (metering, faults) would have to find them all.
    """

    @classmethod
    def _get_connection(cls) -> TableConnection:
        table = super()._get_connection()
        table.connection._client = sdk.client("dynamodb")
        return table


class TruthModel(BaseModel):
    """Item of a truth table (see docs/data-model.md).

    ``region`` is the code of the region that wrote it last; the table layer sets it.
    """

    region = UnicodeAttribute(null=True)


class VersionedModel(BaseModel):
    """Item whose changes become events.

    ``version`` grows by one with each change and orders events downstream;
    ``updated_at`` (ms) lets an operator republish everything since a moment.
    """

    version = NumberAttribute(default=1)
    updated_at = NumberAttribute()


def as_dict(model: Model) -> dict[str, Any]:
    """Return a model's set attributes as a plain dictionary."""
    return {name: value for name, value in model.attribute_values.items() if value is not None}
