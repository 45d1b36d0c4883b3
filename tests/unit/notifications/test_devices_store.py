"""One contract of devices, numbers and consents in both stores."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from chalicelib.notifications.contacts.consents import Consents
from chalicelib.notifications.contacts.devices import MOST, Devices
from chalicelib.notifications.contacts.phones import ATTEMPTS, Phones
from chalicelib.notifications.contacts.suppressions import Suppressions

from shared.base.clock import now_ms
from shared.base.process import process


@pytest.fixture
def devices(engine):
    return Devices(engine)


@pytest.fixture
def phones(engine):
    return Phones(engine)


def ids(devices, user_id):
    return [one.id for one in devices.of(user_id)]


def test_a_device_registers_again_and_moves_its_moment_forward_only(devices):
    first = devices.register("1", "d1", "ios", "token", {"a": 1})
    with process.clock.ahead(10):
        later = devices.register("1", "d1", "ios", "token", {"a": 2})
    assert later.registered_at >= first.registered_at + 10_000
    assert (later.created_at, later.detail) == (first.created_at, {"a": 2})
    assert devices.register("1", "d1", "ios", "token").registered_at == later.registered_at
    assert ids(devices, "1") == ["d1"]


def test_a_device_belongs_to_the_last_user_who_registered_it(devices):
    devices.register("1", "d1", "ios", "token")
    devices.register("2", "d1", "ios", "token")
    assert (ids(devices, "1"), ids(devices, "2")) == ([], ["d1"])
    assert not devices.remove("1", "d1")
    devices.forget("1")
    assert ids(devices, "2") == ["d1"]


def test_a_move_that_breaks_off_leaves_no_second_owner(engine, devices):
    devices.register("1", "d1", "ios", "token")
    # As if the process died before it removed the row of the former owner.
    engine.run(
        "UPDATE device_owners SET user_id = :user_id WHERE id = :id", {"user_id": "2", "id": "d1"}
    )
    assert ids(devices, "1") == []


def test_users_who_register_one_device_at_once_leave_one_owner(devices):
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda n: devices.register(str(n), "d1", "ios", "token"), range(12)))
    assert sum("d1" in ids(devices, str(n)) for n in range(12)) == 1


def test_a_dead_device_is_dropped_unless_it_registered_since(devices):
    made = devices.register("1", "d1", "ios", "token")
    with process.clock.ahead(5):
        again = devices.register("1", "d1", "ios", "token")
    devices.drop("d1", made.registered_at)
    assert ids(devices, "1") == ["d1"]
    devices.drop("d1", again.registered_at)
    devices.drop("unknown", again.registered_at)
    assert ids(devices, "1") == []


def test_a_user_has_a_bounded_number_of_devices(devices):
    for number in range(MOST + 3):
        with process.clock.ahead(number):
            devices.register("1", f"d{number}", "ios", "token")
    found = ids(devices, "1")
    assert len(found) == MOST
    assert found[0] == f"d{MOST + 2}"
    assert "d0" not in found


def test_forgetting_a_user_leaves_no_device(engine, devices):
    devices.register("1", "d1", "ios", "token")
    devices.forget("1")
    for table in ("devices", "device_owners"):
        assert not engine.run(f"SELECT * FROM {table}", {})


def test_a_number_needs_its_own_reference(phones):
    until = now_ms() + 60_000
    assert phones.find("1") is None
    phones.set_pending("1", "+15005551000", "r1", until)
    assert phones.attempt("1", "+15005551999") is None
    assert phones.attempt("1", "+15005551000") == "r1"
    phones.set_pending("1", "+15005551001", "r2", until)
    assert not phones.verify("1", "+15005551000", "r1")
    assert phones.verify("1", "+15005551001", "r2")
    assert not phones.verify("1", "+15005551001", "r2")
    found = phones.find("1")
    assert (found.number, found.pending) == ("+15005551001", None)
    phones.set_pending("1", "+15005551002", "r3", until)
    assert phones.find("1").number == "+15005551001", "the old one until the new one is proved"
    phones.remove("1")
    assert phones.find("1") is None


def test_attempts_at_once_do_not_escape_their_count(phones):
    phones.set_pending("1", "+15005551000", "r1", now_ms() + 60_000)
    with ThreadPoolExecutor(8) as pool:
        tried = list(pool.map(lambda _: phones.attempt("1", "+15005551000"), range(16)))
    assert tried.count("r1") == ATTEMPTS


def test_a_code_expires(phones):
    phones.set_pending("1", "+15005551000", "r1", now_ms() - 1)
    assert phones.attempt("1", "+15005551000") is None


def test_consents_are_a_history(engine):
    consents = Consents(engine)
    consents.add("1", "sms", "phone_code")
    consents.add("1", "sms", "phone_code")
    with process.clock.ahead(1):
        consents.add("1", "sms", "sms_stop", granted=False)
    found = consents.of("1")
    assert [(one.granted, one.source) for one in found] == [
        (False, "sms_stop"), (True, "phone_code"),
    ]  # fmt: skip
    assert found[0].at > found[1].at
    consents.forget("1")
    assert consents.of("1") == []


def test_the_first_reason_of_a_suppression_stays_until_it_is_lifted(engine):
    suppressions = Suppressions(engine)
    assert suppressions.reason("email", "x") is None
    suppressions.add("email", "x", "bounced")
    suppressions.add("email", "x", "complained")
    assert suppressions.reason("email", "x") == "bounced"
    assert suppressions.reason("sms", "x") is None
    suppressions.remove("email", "x")
    assert suppressions.reason("email", "x") is None
