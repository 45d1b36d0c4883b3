"""Bucket of media: where pictures of profiles and link cards lie in it.

Owner: tweets, whose bucket ``media`` it is; users alone writes under `PICTURES` and
`PICTURE_UPLOADS`, crawler under `CARDS`, and their rights end there.

Promise: the edge serves objects under ``media/`` by their key, without a signature except
under ``media/p/``; the bucket's lifecycle deletes objects under ``uploads/`` after two days.
"""

from shared.base.config import settings

PICTURES = "media/u/"
PICTURE_UPLOADS = "uploads/u/"
CARDS = "media/c/"


def bucket() -> str:
    """Return the bucket's name."""
    return settings().bucket("tweets", "media")
