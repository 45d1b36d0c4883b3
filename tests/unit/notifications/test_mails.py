"""Mails: both alternatives agree; users cannot inject markup or headers."""

from html.parser import HTMLParser

import pytest
from chalicelib.notifications.core.content import Content
from chalicelib.notifications.templates import mails

from shared.contracts.profiles import UserCard

EVIL = '<script>alert(1)</script> & "quotes"'
ALLOWED = {"html", "head", "meta", "title", "body", "p", "a", "br"}


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen, self.links, self.words = set(), [], []

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_data(self, data):
        self.words.append(data)


def read(mail):
    tags = Tags()
    tags.feed(mail.html)
    return tags


def content(**members):
    base = {
        "id": "0" * 32,
        "user_id": "1",
        "type": "message",
        "category": "message",
        "channels": ("email",),
        "created_at": 0,
    }
    return Content(**{**base, **members})


def test_verification_carries_its_link_in_both_alternatives():
    mail = mails.verify_email("Ada", "https://rookery.example", "ref.mac-_")
    link = "https://rookery.example/verify?token=ref.mac-_"
    assert link in mail.text
    assert read(mail).links == [link]
    assert "Hello Ada," in mail.text
    assert "token" not in mail.subject


def test_what_users_wrote_is_text_never_markup():
    evil = UserCard(id="2", username="eve", name=EVIL)
    for mail in (
        mails.social("follow", EVIL, "https://rookery.example", evil, None),
        mails.social("follow_request", EVIL, "https://rookery.example", evil, None),
        mails.message(EVIL, "https://rookery.example", content(title=EVIL, text=EVIL)),
    ):
        tags = read(mail)
        assert tags.seen <= ALLOWED
        assert EVIL in "".join(tags.words), "shown as it was written"
        assert EVIL in mail.text


def test_subject_is_one_line_of_bounded_length():
    mail = mails.message(
        "Ada\r\nX", "https://r.example", content(title="a\r\nBcc: all@example.org", text="t")
    )
    assert mail.subject == "a Bcc: all@example.org"
    assert "Hello Ada X," in mail.text
    follower = UserCard(id="2", username="eve", name="n" * 400)
    assert len(mails.social("like", None, "https://r.example", follower, "7").subject) <= 150


def test_lines_of_a_message_stay_lines():
    mail = mails.message(None, "https://r.example", content(title="t", text="one\ntwo"))
    assert "one<br>\ntwo" in mail.html
    assert "one\ntwo" in mail.text
    assert mail.text.startswith("Hello,")


def test_dollar_signs_are_left_alone():
    mail = mails.message("$name", "https://r.example", content(title="$subject", text="5 $"))
    assert mail.subject == "$subject"
    assert "5 $" in mail.text
    assert "5 $" in mail.html


SITE = "https://r.example"
CONTACT = "contact:k1:ada"


@pytest.mark.parametrize(
    ("members", "link"),
    [
        ({"url": "https://shop.example/o/7?a=1&b=2"}, "https://shop.example/o/7?a=1&b=2"),
        ({"user_id": CONTACT, "url": "https://shop.example/o/7"}, "https://shop.example/o/7"),
        ({}, f"{SITE}/notifications"),
        ({"crawl_id": "c1"}, f"{SITE}/crawls/c1"),
        ({"tweet_id": "7", "type": "poll"}, f"{SITE}/status/7"),
        # A contact can open no page of ours.
        ({"user_id": CONTACT}, None),
    ],
)
def test_a_message_leads_where_its_sender_says_in_both_alternatives(members, link):
    mail = mails.message(None, SITE, content(title="t", text="words", **members))
    assert read(mail).links == ([link] if link else [])
    assert (link is None) != (f"\n{link}\n" in mail.text)
    assert ("account on Rookery" in mail.text) == (members.get("user_id") != CONTACT)
    assert (SITE in mail.text) == (link is not None and link.startswith(SITE))


@pytest.mark.parametrize(
    "page",
    ["<p>words</p>", "<body><p>words</p></body>", '<a href="https://a.example/?b=1&amp;c">'],
    ids=["bare", "body", "its own"],
)
def test_the_link_of_a_template_is_in_both_alternatives_once(page):
    url = "https://a.example/?b=1&c"
    mail = mails.with_url(mails.Mail("s", "words", page), url)
    assert read(mail).links == [url]
    assert mail.text.count(url) == 1
    assert mails.with_url(mail, url) == mail
