"""The cache of contacts, and the errors for a wrong database URL."""

import pytest
from chalicelib.notifications.contacts import directory
from chalicelib.notifications.contacts.directory import CachedContacts
from chalicelib.notifications.contacts.port import ConfigurationError, Contact


class Counting:
    def __init__(self, known):
        self.known, self.finds = known, 0

    def find(self, user_id):
        self.finds += 1
        return self.known.get(user_id)

    def set_email(self, user_id, email, version):
        self.known[user_id] = Contact(user_id, email)

    def set_verified(self, user_id, version):
        self.known[user_id] = Contact(user_id, "v@example.org", True)

    def set_name(self, user_id, username, name, version):
        self.known[user_id] = Contact(user_id, None, False, username, name)

    def forget(self, user_id, until=None):
        self.known.pop(user_id, None)


def test_cache_saves_reads_but_never_hides_own_writes():
    inner = Counting({"1": Contact("1", "a@example.org")})
    cached = CachedContacts(inner)
    assert cached.find("1") == cached.find("1")
    assert inner.finds == 1
    cached.set_email("1", "b@example.org", 2)
    assert cached.find("1").email == "b@example.org"
    cached.set_verified("1", 3)
    assert cached.find("1").email_verified
    cached.set_name("1", "ada", "Ada", 4)
    assert cached.find("1").username == "ada"
    cached.forget("1")
    assert cached.find("1") is None


def test_cache_does_not_remember_absence():
    inner = Counting({})
    cached = CachedContacts(inner)
    assert cached.find("1") is None
    inner.known["1"] = Contact("1", "a@example.org")
    assert cached.find("1").email == "a@example.org"


@pytest.mark.parametrize(
    "wrong",
    [
        *("", "mysql://root:secret@db/x", "sqlite:///", "postgresql://"),
        *(
            "postgresql://:secret@db/x",
            "postgresql://me:secret@/x",
            "postgresql://me:secret@db:p/x",
        ),
        *("postgresql://me:secret@db/x?sslmode=prefer", "postgresql://me:secret@db/x?options=-c"),
    ],
)
def test_a_wrong_url_is_told_without_its_password(wrong):
    with pytest.raises(ConfigurationError) as error:
        directory.open_store(wrong)
    assert "CONTACTS_URL" in str(error.value)
    assert "secret" not in str(error.value)
