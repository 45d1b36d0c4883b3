"""Pictures of cards: made smaller, and kept where all media are.

Readers of a tweet do not ask the linked site for its picture, so that it does not learn who
they are.
"""

import hashlib
import threading

from shared.aws import sdk
from shared.aws.dynamo import Item
from shared.base.config import settings
from shared.contracts.media_bucket import CARDS, bucket
from shared.media import images
from shared.media.images import EXTENSIONS, Variant

MAX_BYTES = 5_000_000
# X shows them at 1,200 pixels at most.
_SIZE = Variant("", 1200, 1200)
# A large one takes much memory while it is made smaller: one at a time.
_making = threading.Lock()
_CACHE = "public, max-age=31536000, immutable"


def keep(content: bytes) -> Item | None:
    """Store a picture by its content, so that the same one is there once.

    Returns:
        ``url``, ``width`` and ``height``; ``None`` for what is no picture, damaged or too large.
    """
    try:
        with _making:
            made = images.render(content, (_SIZE,))[_SIZE.name]
    except images.ImageError:
        return None
    digest = hashlib.sha256(made.content).hexdigest()[:32]
    key = f"{CARDS}{digest}.{EXTENSIONS[made.content_type]}"
    sdk.client("s3").put_object(
        Bucket=bucket(), Key=key, Body=made.content, ContentType=made.content_type,
        CacheControl=_CACHE,
    )  # fmt: skip
    return {"url": f"{settings().public_url}/{key}", "width": made.width, "height": made.height}
