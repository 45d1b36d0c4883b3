"""Table of long texts; see `core.models` for the others."""

from chalicelib.tweets.core.names import DOMAIN
from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from shared.aws.models import MetaBase, TruthModel, table_name
from shared.aws.table import Table


class LongText(TruthModel):
    """The whole text of a tweet whose item holds only the start.

    An item of its own, as DynamoDB bills whole items and pages show the start.
    """

    class Meta(MetaBase):
        table_name = table_name(DOMAIN, "texts")

    id = UnicodeAttribute(hash_key=True)
    text = UnicodeAttribute()
    entities = JSONAttribute(null=True)


TEXTS = Table.of(LongText)
