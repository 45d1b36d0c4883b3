"""Schemas of media objects and polls."""

from shared.base.components import (
    COUNT,
    ID,
    MOMENT,
    TEXT,
    URL,
    array,
    choice,
    component,
    record,
)
from shared.base.validation import Schema

MEDIA_KEY: Schema = {
    "type": "string",
    "pattern": "^[0-9]+_[0-9]+$",
    "examples": ["3_1346889436626259968"],
}
MEDIA = component(
    "Media",
    "A photo, GIF or video. Members other than `media_key` and `type` are there when "
    "`media.fields` asks for them and the media has them.",
    {"media_key": MEDIA_KEY, "type": choice("photo", "animated_gif", "video")},
    {
        "alt_text": TEXT,
        "duration_ms": COUNT,
        "height": COUNT,
        "preview_image_url": URL,
        "subtitles": array(record({"language_code": TEXT, "url": URL}, {"display_name": TEXT})),
        "url": URL,
        "variants": array(record({"content_type": TEXT, "url": URL}, {"bit_rate": COUNT})),
        "width": COUNT,
    },
)
POLL_OPTION = component(
    "PollOption",
    "One option of a poll.",
    {"position": {"type": "integer", "minimum": 1, "maximum": 4}, "label": TEXT, "votes": COUNT},
)
POLL = component(
    "Poll",
    "A poll in a tweet, under the tweet's id.",
    {"id": ID, "options": array(POLL_OPTION, minItems=2, maxItems=4)},
    {
        "duration_minutes": {"type": "integer", "minimum": 5, "maximum": 10_080},
        "end_datetime": MOMENT,
        "voting_status": choice("open", "closed"),
    },
)
