"""One contract of outside contacts and segments in both stores."""

import pytest
from chalicelib.notifications.contacts import directory
from chalicelib.notifications.contacts.phones import Phones
from chalicelib.notifications.contacts.port import Contact
from chalicelib.notifications.contacts.segments import MOST, Segments
from chalicelib.notifications.contacts.sql import SqlContacts, migrate

from shared.base.clock import now_ms
from shared.base.errors import Problem

PHONE, OTHER = "+15005550001", "+15005550002"


@pytest.fixture
def contacts(engine):
    return SqlContacts(engine)


def outside(key, owner="k", **members):
    return Contact(f"contact:{owner}:{key}", **members)


def test_a_contact_is_replaced_whole(contacts):
    full = outside("ada", phone=PHONE, locale="de", attributes={"plan": "pro", "city": "Köln"})
    contacts.put_outside(full)
    assert contacts.find(full.user_id) == full
    bare = outside("ada", email="a@example.org", email_verified=True)
    contacts.put_outside(bare)
    assert contacts.find(full.user_id) == bare
    assert contacts.holders(PHONE) == []


def test_pages_and_known_ones_are_of_one_owner(contacts):
    mine = [outside(f"c{number}", attributes={"n": str(number)}) for number in range(3)]
    for one in (*mine, outside("c9", "other")):
        contacts.put_outside(one)
    assert contacts.outside_page("k", "", 2) == mine[:2]
    assert contacts.outside_page("k", mine[1].user_id, 2) == mine[2:]
    asked = [mine[2].user_id, "contact:k:nobody", "contact:other:c9"]
    assert contacts.outside_among(asked) == [mine[2]]
    assert contacts.outside_among([]) == []


def test_the_erased_are_users_with_a_tombstone_and_contacts_that_are_gone(contacts):
    for user in ("1", "2"):
        contacts.set_email(user, f"{user}@example.org", 1)
    kept = [outside("ada"), outside("ada", "other")]
    for one in (*kept, outside("bob")):
        contacts.put_outside(one)
    contacts.forget("2")
    # A contact that was made later than the deletion stays.
    contacts.forget("contact:k:ada", now_ms() - 60_000)
    contacts.forget("contact:k:bob", now_ms() + 60_000)
    asked = ["1", "2", "unknown", *(one.user_id for one in kept), "contact:k:bob"]
    assert contacts.erased_among(asked) == {"2", "contact:k:bob"}
    assert contacts.erased_among([]) == set()


def test_a_number_leads_to_whoever_has_it(engine, contacts):
    phones = Phones(engine)
    one, two = outside("ada", phone=PHONE), outside("ada", "other", phone=PHONE)
    contacts.put_outside(one)
    contacts.put_outside(two)
    for number, reference in ((PHONE, "r1"), (OTHER, "r2")):
        phones.set_pending("7", number, reference, now_ms() + 60_000)
        assert not phones.verify("7", number, "wrong")
        assert "7" not in contacts.holders(number)
        assert phones.verify("7", number, reference)
        assert "7" in contacts.holders(number)
    assert contacts.holders(PHONE) == [one.user_id, two.user_id]
    contacts.put_outside(outside("ada", phone=OTHER))
    assert contacts.holders(PHONE) == [two.user_id]
    phones.remove("7")
    assert contacts.holders(OTHER) == [one.user_id]


def test_numbers_from_before_have_holders_too(engine, contacts):
    contacts.put_outside(outside("ada", phone=PHONE))
    phones = Phones(engine)
    phones.set_pending("7", OTHER, "r", now_ms() + 60_000)
    phones.verify("7", OTHER, "r")
    engine.run("DELETE FROM number_holders", {})
    engine.run("DELETE FROM contacts_migrations WHERE version >= 50", {})
    migrate(engine)
    migrate(engine)
    assert (contacts.holders(PHONE), contacts.holders(OTHER)) == (["contact:k:ada"], ["7"])


def test_forgetting_a_contact_leaves_nothing(engine, contacts):
    contacts.put_outside(outside("ada", phone=PHONE, attributes={"plan": "pro"}))
    contacts.forget("contact:k:ada")
    contacts.forget("contact:k:ada")
    for table in ("outside_contacts", "contact_attributes", "number_holders"):
        assert not engine.run(f"SELECT * FROM {table}", {}), table


def test_users_are_paged_without_the_erased(contacts):
    for number in (10, 11, 12, 13):
        contacts.set_email(str(number), f"u{number}@example.org", 1)
    contacts.set_name("14", "ada", "Ada", 0)
    contacts.forget("11")
    assert contacts.users_page("", 2) == ["10", "12"]
    assert contacts.users_page("12", 9) == ["13", "14"]


def test_segments_have_names_of_their_owner(engine):
    segments = Segments(engine)
    segments.put("k", "pros", {"attributes": {"plan": "pro"}})
    segments.put("k", "pros", {"locale": "de"})
    segments.put("other", "pros", {"users": "all"})
    assert segments.find("k", "pros") == {"locale": "de"}
    assert [one[:2] for one in segments.of("k")] == [("pros", {"locale": "de"})]
    assert segments.remove("k", "pros") and not segments.remove("k", "pros")
    assert segments.find("other", "pros") == {"users": "all"}


def test_an_owner_has_a_bounded_number_of_segments(tmp_path):
    engine = directory.open_engine(f"sqlite:///{tmp_path / 'c.db'}")
    migrate(engine)
    segments = Segments(engine)
    for number in range(MOST):
        segments.put("k", f"s{number}", {"locale": "de"})
    with pytest.raises(Problem) as refused:
        segments.put("k", "more", {"locale": "de"})
    assert refused.value.status == 409
    segments.put("k", "s7", {"locale": "en"})
