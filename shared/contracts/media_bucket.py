"""Bucket of media: where profile pictures lie in it.

Owner: tweets, whose bucket ``media`` it is; users alone writes under `PICTURES` and
`PICTURE_UPLOADS`, and its rights end there.

Promise: the edge serves objects under ``media/`` by their key, without a signature except
under ``media/p/``; the bucket's lifecycle deletes objects under ``uploads/`` after two days.
"""

from shared.base.config import settings

PICTURES = "media/u/"
PICTURE_UPLOADS = "uploads/u/"


def bucket() -> str:
    """Return the bucket's name."""
    return settings().bucket("tweets", "media")
