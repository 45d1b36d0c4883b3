"""The quick parser of attribute values agrees with botocore's own."""

import base64
import json
from typing import Any

import pytest
from botocore.parsers import JSONParser
from botocore.session import get_session
from hypothesis import given
from hypothesis import strategies as st

from shared.aws import sdk
from shared.aws.dynamo_parser import AttributeValueParser, ParserFactory

BLOBS = st.binary(max_size=8).map(lambda blob: base64.b64encode(blob).decode())
NUMBERS = st.integers().map(str)
PLAIN = st.one_of(
    st.fixed_dictionaries({"S": st.text(max_size=8)}),
    st.fixed_dictionaries({"N": NUMBERS}),
    st.fixed_dictionaries({"BOOL": st.booleans()}),
    st.fixed_dictionaries({"B": BLOBS}),
    st.just({"NULL": True}),
    st.fixed_dictionaries({"SS": st.lists(st.text(max_size=4))}),
    st.fixed_dictionaries({"NS": st.lists(NUMBERS)}),
    st.fixed_dictionaries({"BS": st.lists(BLOBS)}),
)
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"L": st.lists(inner, max_size=3)}),
        st.fixed_dictionaries({"M": st.dictionaries(st.text(max_size=4), inner, max_size=3)}),
    ),
    max_leaves=8,
)
ITEMS = st.dictionaries(st.text(max_size=4), VALUES, max_size=4)


@pytest.fixture(scope="module")
def model() -> Any:
    return get_session().get_service_model("dynamodb")


def both(model: Any, operation: str, body: dict[str, Any]) -> tuple[Any, Any]:
    answer = {"body": json.dumps(body).encode(), "headers": {}, "status_code": 200}
    shape = model.operation_model(operation).output_shape
    ours, theirs = (kind().parse(answer, shape) for kind in (AttributeValueParser, JSONParser))
    return ours, theirs


@given(items=st.lists(ITEMS, max_size=3), key=ITEMS)
def test_items_are_parsed_as_botocore_does(model: Any, items: list[Any], key: Any) -> None:
    queried = {"Items": items, "Count": len(items), "LastEvaluatedKey": key}
    ours, theirs = both(model, "Query", queried)
    assert ours == theirs
    ours, theirs = both(model, "BatchGetItem", {"Responses": {"t": items}, "UnprocessedKeys": {}})
    assert ours == theirs
    ours, theirs = both(model, "UpdateItem", {"Attributes": key})
    assert ours == theirs


def test_what_is_absent_or_unknown_is_left_to_botocore(model: Any) -> None:
    bodies: list[dict[str, Any]] = [
        {}, {"Item": None}, {"Item": {}}, {"Unheard": {"of": {"S": "x"}}},
    ]  # fmt: skip
    for body in bodies:
        ours, theirs = both(model, "GetItem", body)
        assert ours == theirs


def test_the_session_of_the_process_parses_so() -> None:
    factory = sdk.session().get_component("response_parser_factory")
    assert isinstance(factory.create_parser("json"), AttributeValueParser)
    assert type(ParserFactory().create_parser("query")).__name__ == "QueryParser"
