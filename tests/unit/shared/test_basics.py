import base64
import json
import threading
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.auth import scopes
from shared.aws import dynamo, sdk, streams
from shared.aws.events import Event, event_types, parse, schema
from shared.base import clock, config, ids, pagination, validation
from shared.base.errors import Problem, invalid_request
from shared.base.process import process
from shared.contracts.fields import DATE_TIME, ID

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**100), 2**100) | st.text() | st.binary(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=10,
)


def test_ids_grow_and_are_unique_across_threads() -> None:
    made: list[int] = []
    lock = threading.Lock()
    generator = ids.Snowflake()

    def work() -> None:
        mine = [generator.next() for _ in range(2000)]
        assert mine == sorted(mine)
        with lock:
            made.extend(mine)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == len(made) == 8000
    assert max(made) <= ids.MAX_ID


@given(
    st.lists(st.integers(0, config.REGIONS - 1), min_size=2, max_size=2, unique=True),
    st.integers(1, 200),
)
def test_the_region_is_in_every_id(regions: list[int], count: int) -> None:
    one, other = ({ids.Snowflake(region).next() for _ in range(count)} for region in regions)
    assert {ids.region_of(made) for made in one} == {regions[0]}
    assert {ids.region_of(str(made)) for made in other} == {regions[1]}
    assert not one & other


def test_a_million_ids_of_two_regions_never_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    """In so few milliseconds that without the region many would be the same."""
    now = time.time()
    monkeypatch.setattr(ids.time, "time", lambda: now)
    made: list[set[int]] = []
    for region in (0, 3):
        # Some hundred processes each, which draw their worker number.
        made.append({n for _ in range(250) for n in _burst(ids.Snowflake(region), 2000)})
    assert sum(map(len, made)) > 300_000
    assert not made[0] & made[1]


def _burst(generator: ids.Snowflake, count: int) -> list[int]:
    return [generator.next() for _ in range(count)]


def test_new_ids_carry_the_region_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        for number in ("2", ""):
            monkeypatch.setenv("REGION_NUMBER", number)
            process.restart()
            assert ids.region_of(ids.new_id()) == int(number or 0)
        monkeypatch.setenv("REGION_NUMBER", "4")
        process.restart()
        with pytest.raises(ValueError, match="room for 4"):
            ids.new_id()
    finally:
        monkeypatch.undo()
        process.restart()


@given(st.integers(ids.EPOCH_MS, ids.EPOCH_MS + 2**41 - 1))
def test_first_id_at_is_the_first(ms: int) -> None:
    first = ids.first_id_at(ms)
    assert ids.time_ms(first) == ms
    assert first == 0 or ids.time_ms(first - 1) == ms - 1


def test_iso_round_trip() -> None:
    assert clock.iso(1700000000123) == "2023-11-14T22:13:20.123Z"
    assert clock.parse_iso("2023-11-14T22:13:20.123Z") == 1700000000123
    with pytest.raises(ValueError, match="offset"):
        clock.parse_iso("2023-11-14T22:13:20")


@given(VALUES)
def test_dynamo_codec_round_trip(value: Any) -> None:
    assert dynamo.decode(dynamo.encode(value)) == value


def test_dynamo_codec_refuses_floats() -> None:
    with pytest.raises(TypeError):
        dynamo.encode(1.5)


@given(
    st.text(min_size=1),
    st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=9), max_size=3),
)
def test_page_tokens_return_to_their_list_only(context: str, position: dict[str, Any]) -> None:
    token = pagination.encode_token(context, position)
    if len(token) > pagination.MAX_LENGTH:
        return
    assert pagination.decode_token(context, token) == position
    with pytest.raises(Problem):
        pagination.decode_token(context + "x", token)


@given(st.integers(1, 30), st.booleans())
def test_tokens_lead_back_the_way_they_came(pages: int, named: bool) -> None:
    first = {"n": -1} if named else None

    def page(token: str | None) -> tuple[Any, dict[str, Any]]:
        """Tokens of an endless list whose positions are page numbers."""
        position = pagination.decode_token("list", token) or {"n": -1}
        following = {"n": position["n"] + 1}
        meta = {"next_token": pagination.encode_token("list", following, None if token else first)}
        pagination.link(meta, token)
        return position["n"], meta

    number, meta = page(None)
    assert "previous_token" not in meta
    for _ in range(pages):
        number, meta = page(meta["next_token"])
        assert len(meta["next_token"]) <= pagination.MAX_LENGTH
    seen = [number]
    while token := meta.get("previous_token"):
        number, meta = page(token)
        seen.append(number)
    assert seen == list(range(pages - 1, -2, -1))[: pagination.WAY + 1]


def test_a_way_of_long_positions_is_shorter_but_its_tokens_are_taken() -> None:
    """Tokens of positions in other scripts: six characters per letter."""
    position, token = {"after": "\u0436" * 50}, None
    for _ in range(2 * pagination.WAY):
        meta = {"next_token": pagination.encode_token("list", position)}
        pagination.link(meta, token)
        token = meta["next_token"]
        assert len(token) <= pagination.MAX_LENGTH
        assert pagination.decode_token("list", token) == position
    assert "previous_token" in meta


@given(st.text(max_size=600))
def test_junk_tokens_are_bad_requests(token: str) -> None:
    if not token:
        return
    with pytest.raises(Problem) as problem:
        pagination.decode_position("list", token, after=str)
    assert problem.value.status == 400


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"\xff\xfe",
        b'{"a": NaN}',
        b"[" * 100_000,
        b'"\\ud800"',
        b'{"\\u0000": 1}',
        b'["\\u0000"]',
    ],
)
def test_bodies_that_are_no_json(raw: bytes) -> None:
    with pytest.raises(Problem) as problem:
        validation.parse_json(raw)
    assert problem.value.status == 400


def test_whole_numbers_are_integers_however_they_are_written() -> None:
    read = validation.parse_json(b"[1.0, 2e1, 0.5, 1e400]")
    assert read == [1, 20, 0.5, float("inf")]
    assert [type(one) for one in read] == [int, int, float, float]


@pytest.mark.parametrize("value", ["12\n", "\n12", "\u0661\u0662", "12 "])
def test_ids_are_plain_digits_to_their_very_end(value: str) -> None:
    spec = {"type": "object", "properties": {"id": ID, "n": {"type": "integer"}}}
    with pytest.raises(Problem):
        validation.validate_body(spec, {"id": value})
    for name in ("id", "n"):
        with pytest.raises(Problem):
            validation.validate_query(spec, {name: [value]})


@pytest.mark.parametrize("blank", ["\u3000", "\u00a0\u2003", " \n"])
def test_blanks_of_any_script_are_blanks(blank: str) -> None:
    spec = {"type": "object", "properties": {"name": {"type": "string", "pattern": r"\S"}}}
    assert validation.validate_body(spec, {"name": f"{blank}x"})
    with pytest.raises(Problem):
        validation.validate_body(spec, {"name": blank})


@pytest.mark.parametrize("value", ["\u0662024-01-01T00:00:00Z", "2024-01-01T00:00:00Z\n"])
def test_times_are_plain_digits_to_their_very_end(value: str) -> None:
    spec = {"type": "object", "properties": {"at": DATE_TIME}}
    assert validation.validate_body(spec, {"at": "2024-01-01T00:00:00.5+01:00"})
    with pytest.raises(Problem):
        validation.validate_body(spec, {"at": value})


def test_query_parameters_are_typed_and_unknown_ones_refused() -> None:
    spec = {
        "type": "object",
        "properties": {
            "n": {"type": "integer", "minimum": 1, "maximum": 10, "default": 5},
            "flag": {"type": "boolean"},
            "ids": {"type": "array", "items": {"type": "string"}, "maxItems": 3},
        },
        "additionalProperties": False,
    }
    values = validation.validate_query(spec, {"flag": ["true"], "ids": ["a,b", "c"]})
    assert values == {"n": 5, "flag": True, "ids": ["a", "b", "c"]}
    for text, flag in (("True", True), ("1", True), ("t", True), ("F", False), ("0", False)):
        assert validation.validate_query(spec, {"flag": [text]})["flag"] is flag
    ignored = {"flag": ["TRUE"], "tweet_mode": ["extended"]}
    assert validation.validate_query(spec, ignored, lenient=True) == {"n": 5, "flag": True}
    for query in (
        {"n": ["11"]},
        {"n": ["x"]},
        {"flag": ["yes"]},
        {"ids": ["a,b,c,d"]},
        {"z": ["1"]},
    ):
        with pytest.raises(Problem) as problem:
            validation.validate_query(spec, query)
        body = problem.value.document()
        assert body["type"] == "https://api.x.com/2/problems/invalid-request"
        assert next(iter(query)) in body["errors"][0]["parameters"]


def test_a_problem_names_every_value_of_a_list() -> None:
    (found,) = invalid_request("wrong", ids=["1", "2"], size=3).document()["errors"]
    assert found == {"parameters": {"ids": ["1", "2"], "size": ["3"]}, "message": "wrong"}


def test_every_event_schema_is_closed_and_valid() -> None:
    from jsonschema import Draft202012Validator

    assert len(event_types()) >= 12
    for kind in event_types():
        document = schema(kind)
        Draft202012Validator.check_schema(document)
        assert document["additionalProperties"] is False, kind
        assert document["title"] == kind


def test_events_survive_the_sns_envelope() -> None:
    event = Event.of("users", "user.followed", "1-2", 3, 0, {"user_id": "1", "target_id": "2"})
    text = json.dumps(event.__dict__)
    wrapped = json.dumps({"Type": "Notification", "Message": text})
    assert parse(text) == parse(wrapped) == event
    for broken in (
        "{}",
        "[]",
        "nonsense",
        text.replace("user.followed", "user.unknown"),
        text.replace('"2"', '"x"'),
    ):
        with pytest.raises(ValueError, match=r".*"):
            parse(broken)


def test_a_route_declares_known_scopes() -> None:
    with pytest.raises(ValueError, match="at least one"):
        scopes.user_access()
    with pytest.raises(ValueError, match="unknown"):
        scopes.user_access("tweet.reed")
    for words in scopes.ALL_SCOPES.values():
        assert words


def test_token_context_is_not_guessable_from_another() -> None:
    token = pagination.encode_token("a", {"x": 1})
    body = json.loads(base64.urlsafe_b64decode(token + "=="))
    assert body[0] != "a"


def test_signed_forms_and_links_name_the_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    process.restart()
    try:
        client, place = sdk.client("s3"), "https://pictures.s3.eu-west-1.amazonaws.com/"
        assert client.generate_presigned_post("pictures", "k")["url"] == place
        link = client.generate_presigned_url(
            "get_object", Params={"Bucket": "pictures", "Key": "k"}
        )
        assert link.startswith(place + "k?")
    finally:
        monkeypatch.undo()
        process.restart()


def test_arns_and_queues_are_of_the_partition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("ACCOUNT_ID", "1")
    try:
        for partition, region, host in (
            ("aws", "eu-west-1", "sqs.eu-west-1.amazonaws.com"),
            ("aws-cn", "cn-north-1", "sqs.cn-north-1.amazonaws.com.cn"),
            ("aws-us-gov", "us-gov-west-1", "sqs.us-gov-west-1.amazonaws.com"),
        ):
            monkeypatch.setenv("PARTITION", partition)
            monkeypatch.setenv("AWS_REGION", region)
            process.restart()
            found = config.settings()
            assert found.topic_arn("users").startswith(f"arn:{partition}:sns:{region}:1:rookery-")
            assert found.queue_url("users", "mail").startswith(f"https://{host}/1/rookery-")
    finally:
        monkeypatch.undo()
        process.restart()


def test_handlers_of_one_stream_do_not_wait_for_each_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    called: list[str] = []

    def broken(event: str) -> None:
        raise LookupError(event)

    with pytest.raises(ExceptionGroup) as failed:
        streams.run_handlers("batch", broken, called.append, broken)
    assert [str(one.exc_info[1]) for one in caplog.records if one.exc_info] == ["batch"] * 2
    assert called == ["batch"]
    assert [type(one) for one in failed.value.exceptions] == [LookupError, LookupError]
    streams.run_handlers("next", called.append)
    assert called == ["batch", "next"]
