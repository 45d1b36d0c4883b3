"""Calls on instances of a table's PynamoDB model."""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from pynamodb.exceptions import DeleteError, DoesNotExist, PutError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action as Change
from pynamodb.models import Model

from shared.aws.models import TruthModel
from shared.base.config import settings

M = TypeVar("M", bound=Model)

REFUSED = "ConditionalCheckFailedException"


class Instances(Generic[M]):
    """Instances of one table, for items that read better with types."""

    def __init__(self, name: str, model: type[M] | None, truth: bool) -> None:
        self.name, self._model, self._truth = name, model, truth

    def load(self, hash_key: Any, range_key: Any = None, *, consistent: bool = False) -> M | None:
        """Return an instance by its key, or ``None``."""
        try:
            return self._typed().get(hash_key, range_key, consistent_read=consistent)
        except DoesNotExist:
            return None

    def save(self, instance: M, condition: Condition | None = None) -> bool:
        """Write an instance; returns true if the condition held."""
        if isinstance(instance, TruthModel):
            instance.region = settings().region_code
        try:
            instance.save(condition=condition)
        except PutError as error:
            return _refused(error)
        return True

    def change(
        self, instance: M, changes: Sequence[Change], condition: Condition | None = None
    ) -> bool:
        """Change an item by PynamoDB's actions, and the instance with it.

        Returns:
            true if the condition held.
        """
        written = list(changes)
        if isinstance(instance, TruthModel):
            written.append(TruthModel.region.set(settings().region_code))
        try:
            instance.update(written, condition=condition)
        except UpdateError as error:
            return _refused(error)
        return True

    def remove(self, instance: M, condition: Condition | None = None) -> bool:
        """Delete an instance's item; returns true if the condition held."""
        try:
            instance.delete(condition=condition)
        except DeleteError as error:
            return _refused(error)
        return True

    def _typed(self) -> type[M]:
        if self._model is None:
            raise TypeError(f"{self.name} has no model")
        return self._model


def _refused(error: PutError | UpdateError | DeleteError) -> bool:
    """Return False for a condition that failed; raise everything else again."""
    if error.cause_response_code != REFUSED:
        raise error
    return False
