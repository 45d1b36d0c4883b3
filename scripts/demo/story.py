"""People of the demo community, and what they posted in the last days.

Positions in `TWEETS` name tweets; hours count back from the moment of seeding.
"""

from typing import NamedTuple

PEOPLE = {
    "mira": ("Mira Castellanos", "Ornithologist. Rooks, jackdaws, and the odd heron.", "Ghent"),
    "tobias": ("Tobias Lindqvist", "Serverless by day, sourdough by night.", "Malmö"),
    "amara": ("Amara Okafor", "Photographs of cities before breakfast.", "Lagos"),
    "kenji": ("Kenji Watanabe", "鳥と珈琲。 Birds and coffee.", "Kyoto"),
    "ruth": ("Ruth Adeyemi", "Editor of The Field Guide. Opinions are the marsh's.", "Norwich"),
    "leo": ("Leo Marchetti", "I write bots that post about tides.", "Trieste"),
    "nadia": ("Nadia Rahman", "Maps, mostly of places that flood.", "Dhaka"),
    "otto": ("Otto Brandt", "Retired lighthouse keeper. Still up all night.", "Sylt"),
    "salma": ("Salma El-Amin", "رسامة. I draw birds that do not sit still.", "Alexandria"),
    "finn": ("Finn Gallagher", "Ferries, timetables, and the people who miss them.", "Oban"),
    "ines": ("Ines Duarte", "Runs this place. Reads every report, eventually.", "Porto"),
    "paul": ("Paul Novak", "Moderator. Kind words first.", "Brno"),
}
STAFF = {"ines": "admin", "paul": "moderator"}
VERIFIED = ("mira", "ruth")
FOLLOWS = {
    "mira": "tobias amara kenji ruth nadia otto salma",
    "tobias": "mira leo ruth amara finn",
    "amara": "mira kenji nadia leo otto salma",
    "kenji": "mira amara ruth salma",
    "ruth": "mira tobias amara kenji leo nadia otto salma finn",
    "leo": "tobias nadia otto mira finn",
    "nadia": "amara leo ruth mira",
    "otto": "mira leo ruth finn",
    "salma": "mira kenji amara ruth otto",
    "finn": "leo otto tobias nadia",
    "ines": "paul ruth mira",
    "paul": "ines mira finn",
}


class Told(NamedTuple):
    """Tweet of the story; it may answer or quote another one by position."""

    hours: float
    author: str
    text: str
    answers: int | None = None
    quotes: int | None = None


TWEETS = [
    Told(290, "otto", "Fog again. The horn and I have reached an understanding."),
    Told(281, "mira", "Counted 312 rooks at the old mill today, up from 287. #rookcount"),
    Told(
        276, "kenji", "朝の鴨川。カワセミを見ました 🐦 A kingfisher before work: the day is won."
    ),
    Told(270, "tobias", "Moved our last cron job off a server today. The server did not notice."),
    Told(269.6, "ruth", "That is the best kind of retirement party.", answers=3),
    Told(251, "amara", "Third Mainland Bridge at 5:40. Nobody honks before six. #lagos"),
    Told(
        240,
        "nadia",
        "New flood map of the delta is up. Blue is water, dark blue is *more* water.",
    ),
    Told(228, "leo", "Tide bot is back: high water Trieste 09:12, +1.1 m. Bring boots."),
    Told(227.7, "otto", "@leo your bot is two minutes fast. I can hear it.", answers=7),
    Told(227.2, "leo", "@otto you are the only integration test I trust.", answers=8),
    Told(
        226,
        "mira",
        "@kenji lovely! Any ring on the left leg? We are tracking a pair.",
        answers=2,
    ),
    Told(225.5, "kenji", "@mira 赤いリング！ Red ring, number 41.", answers=10),
    Told(204, "ruth", "New in The Field Guide: how to tell a rook from a crow. {demo} 1/4"),
    Told(
        203.9,
        "ruth",
        "2/4 Look at the face first. A rook has a bare, pale one, as if it had just come in "
        "from the cold.",
        answers=12,
    ),
    Told(
        203.8,
        "ruth",
        "3/4 Then the trousers: rooks wear shaggy feathers on the thigh. Crows are tailored.",
        answers=13,
    ),
    Told(
        203.7,
        "ruth",
        "4/4 And the company. “A crow in a crowd is a rook, a rook on its own is a crow”: true "
        "about half the time, like most proverbs.",
        answers=14,
    ),
    Told(
        202, "amara", "Bookmarked. I have been calling them all ‘the committee’.", answers=12
    ),
    Told(188, "tobias", "Sourdough update: the starter now has a name, and opinions."),
    Told(187, "finn", "@tobias does it take bookings?", answers=17),
    Told(176, "nadia", "Cartographers, settle it: is a sandbank land? #maps"),
    Told(175.4, "otto", "Depends who is aground on it.", answers=19),
    Told(175.1, "finn", "The 07:55 to Craignure would like a word.", answers=20),
    Told(160, "salma", "Drew forty rooks today. One of them was sitting still. It was a glove."),
    Told(159, "mira", "Framing this.", quotes=22),
    Told(140, "finn", "Ferry delayed by a seal asleep on the slipway. Suddenly nobody hurries."),
    Told(139, "leo", "@finn adding `cause: seal` to the enum.", answers=24),
    Told(121, "kenji", "雨。豆を挽く音だけ。 Rain, and the sound of the grinder."),
    Told(110, "amara", "Found the one quiet street in Lagos. Not telling. #lagos"),
    Told(98, "otto", "Counted ships instead of sheep. Forty-one, and one very lost kayak."),
    Told(97.5, "nadia", "@otto which way was it lost? I may have to move a coastline.", answers=28),
    Told(90, "tobias", "Things my bill cannot explain: the $0.03 that is always there."),
    Told(89.5, "leo", "@tobias that is the rent of the first byte.", answers=30),
    Told(72, "mira", "Rook count, week 48: 309. Three have moved to the church. #rookcount"),
    Told(71, "ruth", "They went for the acoustics.", answers=32),
    Told(54, "salma", "ورشة رسم الطيور يوم السبت. Bird drawing on Saturday; bring a rubber."),
    Told(50, "ines", "Welcome to everybody who arrived this week. Be as kind as you are funny."),
    Told(49, "paul", "And if you cannot be both, be kind.", answers=35),
    Told(31, "finn", "New winter timetable. I have read it so that you need not: bring a book."),
    Told(27, "amara", "The sun came up anyway.", quotes=27),
    Told(20, "otto", "Clear night. The light swept 2,160 times and missed nobody."),
    Told(12, "mira", "Weekend walk is on: the mill, 7 am. Bring a flask, expect little."),
    Told(11.4, "kenji", "@mira 行きます！ See you at the mill.", answers=40),
    Told(11, "salma", "@mira I will bring the glove.", answers=40),
]  # fmt: skip
LIKES = {
    "mira": [2, 9, 20, 22, 24, 27, 39], "amara": [1, 11, 15, 21, 22, 39], "leo": [3, 8, 21, 24, 37],
    "ruth": [0, 6, 20, 22, 24, 30, 40], "kenji": [1, 22, 32, 40], "tobias": [12, 20, 25, 31, 35],
    "nadia": [5, 7, 21, 28], "otto": [1, 12, 24, 40, 37], "salma": [2, 12, 27, 39, 40],
    "finn": [0, 7, 20, 30, 28], "ines": [4, 36, 22], "paul": [35, 24],
}  # fmt: skip
RETWEETS = {
    "ruth": [1, 22], "amara": [2], "mira": [12], "leo": [6, 24], "nadia": [20], "tobias": [12],
    "salma": [32], "finn": [7],
}  # fmt: skip
# Lists: owner, name, description, members.
LISTS = [
    ("mira", "Feathered", "Birds, and people who look up.", "kenji ruth salma amara"),
    ("leo", "Water levels", "Tides, floods, ferries.", "otto nadia finn"),
]
POLL = ("nadia", "A sandbank is", ["land", "water", "a suggestion"])
VOTES = {"mira": 3, "otto": 2, "finn": 3, "ruth": 1, "leo": 3, "kenji": 1, "amara": 3}
