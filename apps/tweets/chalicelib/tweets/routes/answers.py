"""Answer schemas of the tweets domain beyond X's objects."""

from chalicelib.tweets.posting import schemas

from shared.base.answers import Answer, page_of
from shared.base.components import (
    COUNT,
    ID,
    MOMENT,
    TEXT,
    URL,
    Component,
    array,
    choice,
    component,
    constant,
    data,
    record,
)
from shared.base.validation import Schema
from shared.contracts.schemas.media import MEDIA_KEY
from shared.contracts.schemas.responses import TWEET_PAGE_META, tweet_page

NEW_TWEET = Component(
    "NewTweet",
    data(record({"id": ID, "text": TEXT, "edit_history_tweet_ids": array(ID, minItems=1)})),
)
RETWEETED = data(record({"retweeted": constant(True), "reposted": constant(True), "rest_id": ID}))
VOTE = data(record({"voted": constant(True), "position": {"type": "integer", "minimum": 1}}))
REMOVED = data(record({"id": ID, "removed": constant(True)}))
NEW_LIST = data(record({"id": ID, "name": TEXT}))

UPDATES = tweet_page(
    "Updates",
    component(
        "UpdatesMeta",
        "Size of a page of new tweets, and the number of unread notifications.",
        {"result_count": COUNT},
        {
            **TWEET_PAGE_META["properties"],
            "since_id": {**ID, "description": "The `since_id` of the next request."},
            "unread_count": COUNT,
        },
    ),
)

FOLDER = component("BookmarkFolder", "A folder of bookmarks.", {"id": ID, "name": TEXT})
FOLDER_PAGE = Component("BookmarkFolderPage", page_of(FOLDER))
ID_PAGE = Component("TweetIdPage", page_of(record({"id": ID})))


def _planned(name: str, description: str, *status: str) -> Component:
    later = Component("TweetToCome", schemas.DRAFT["properties"]["tweet"])
    return component(
        name,
        description,
        {"id": ID, "status": choice(*status), "created_at": MOMENT, "tweet": later},
        {"scheduled_at": MOMENT, "tweet_id": ID, "failure": TEXT} if len(status) > 1 else {},
    )


DRAFT = _planned("Draft", "A tweet that is kept for later.", "draft")
DRAFT_PAGE = Component("DraftPage", page_of(DRAFT))
SCHEDULED = _planned(
    "ScheduledTweet",
    "A tweet that is posted at `scheduled_at`. Once it is, `tweet_id` names it; if it could not "
    "be, `failure` says why.",
    *("scheduled", "posted", "failed"),
)
SCHEDULED_PAGE = Component("ScheduledTweetPage", page_of(SCHEDULED))

_PROCESSING = component(
    "MediaProcessing",
    "Progress of a video on the server.",
    {"state": choice("pending", "in_progress", "failed", "succeeded")},
    {
        "check_after_secs": COUNT,
        "progress_percent": {"type": "integer", "minimum": 0, "maximum": 100},
        "error": record({"code": COUNT, "name": TEXT, "message": TEXT}),
    },
)
_UPLOAD: dict[str, Schema] = {"media_key": MEDIA_KEY, "expires_after_secs": COUNT}
_UPLOAD_OPTIONAL: dict[str, Schema] = {
    "size": {**COUNT, "description": "Bytes."},
    "image": record({"image_type": TEXT, "w": COUNT, "h": COUNT}),
    "video": record({"video_type": TEXT}),
    "processing_info": _PROCESSING,
}
UPLOAD = component("MediaUpload", "An upload of media.", {"id": ID, **_UPLOAD}, _UPLOAD_OPTIONAL)
ANNOUNCED = component(
    "MediaUploadForm",
    "An upload that goes straight to the bucket: post `upload_fields`, then the file as `file`, "
    "to `upload_url`.",
    {
        "id": ID,
        **_UPLOAD,
        "upload_url": URL,
        "upload_fields": {"type": "object", "additionalProperties": TEXT},
    },
    {"video": _UPLOAD_OPTIONAL["video"]},
)
UPLOAD_V1 = component(
    "MediaUploadV1",
    "An upload of media in the shape of X API 1.1.",
    {"media_id": COUNT, "media_id_string": ID, **_UPLOAD},
    _UPLOAD_OPTIONAL,
)
# A step by command: one of them, APPEND, has nothing to tell.
UPLOAD_STEP = Answer(
    Component("MediaUploadResponse", data(UPLOAD)),
    description="The upload; without a body after APPEND",
    may_be_empty=True,
)
UPLOAD_STEP_V1 = (
    Answer(UPLOAD_V1, description="The upload"),
    Answer(status=204, media_type="", description="The segment is kept (APPEND)"),
)
APPENDED = data(record({"expires_at": {**COUNT, "description": "Unix seconds."}}))
ALT_TEXT = data(
    record({"id": ID, "associated_metadata": record({"alt_text": record({"text": TEXT})})})
)
SUBTITLES = data(
    record(
        {
            "id": ID,
            "media_category": TEXT,
            "associated_subtitles": array(
                record({"id": ID, "language_code": TEXT}, {"display_name": TEXT}), minItems=1
            ),
        }
    )
)
MEDIA_UPLOAD = Component("MediaUploadStatus", data(UPLOAD))
