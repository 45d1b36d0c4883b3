"""Media bucket: segments of uploads, and files that are served.

Segments are under ``uploads/<id>/``, served files under ``media/``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from shared.aws import sdk
from shared.aws.dynamo import Item
from shared.base.config import settings
from shared.base.errors import Problem, conflict

# Files never change, so browsers may cache them forever; a CDN asks again after a day, which
# limits how long it serves a deleted picture.
CACHE_CONTROL = "public, max-age=31536000, s-maxage=86400, immutable"
PRIVATE_CACHE_CONTROL = "private, max-age=3600, immutable"
UPLOAD_SECONDS = 3600
_PART = 8 * 1024 * 1024


@dataclass(frozen=True)
class Segment:
    """An uploaded segment: its number, its size in bytes and S3's entity tag."""

    index: int
    size: int
    etag: str


def bucket() -> str:
    """Return the bucket's name."""
    return settings().bucket("tweets", "media")


def _segment_key(media_id: str, index: int) -> str:
    return f"uploads/{media_id}/{index:04d}"


def put_segment(media_id: str, index: int, content: bytes) -> None:
    """Store one segment of an upload, in place of one with the same number."""
    sdk.client("s3").put_object(Bucket=bucket(), Key=_segment_key(media_id, index), Body=content)


def presigned_form(media_id: str, low: int, high: int) -> Item:
    """Return a form to send a whole file to the bucket within an hour.

    S3 itself refuses files that are not ``low`` to ``high`` bytes long.

    Returns:
        ``upload_url``, and ``upload_fields`` to send before the file.
    """
    form = sdk.client("s3").generate_presigned_post(
        bucket(),
        _segment_key(media_id, 0),
        Conditions=[["content-length-range", low, high]],
        ExpiresIn=UPLOAD_SECONDS,
    )
    return {"upload_url": form["url"], "upload_fields": form["fields"]}


def segments(media_id: str) -> list[Segment]:
    """Return the segments that were received, by number."""
    answer = sdk.client("s3").list_objects_v2(Bucket=bucket(), Prefix=f"uploads/{media_id}/")
    found = [
        Segment(int(one["Key"].rpartition("/")[2]), int(one["Size"]), one["ETag"])
        for one in answer.get("Contents", ())
    ]
    return sorted(found, key=lambda one: one.index)


def extensions(prefix: str, name: str) -> list[str]:
    """Return the parts of object keys after ``<prefix>/<name>.``, in order."""
    start = f"{prefix}/{name}."
    answer = sdk.client("s3").list_objects_v2(Bucket=bucket(), Prefix=start)
    return [one["Key"].removeprefix(start) for one in answer.get("Contents", ())]


class Upload:
    """The segments of one upload, read as one file.

    A client may send a segment again at any time. Reading checks that it is still the listed
    one, and otherwise raises a 409 `Problem`: the checked bytes are the stored bytes.
    """

    def __init__(self, media_id: str, parts: list[Segment]) -> None:
        self._id, self._parts = media_id, parts
        self.size = sum(part.size for part in parts)

    def read(self, offset: int, length: int) -> bytes:
        """Return bytes of the file, fewer at its end.

        Calls: one GetObject per segment touched.
        """
        found, start = [], 0
        for part in self._parts:
            low, high = max(offset, start), min(offset + length, start + part.size)
            if low < high:
                found.append(self._range(part, low - start, high - start))
            start += part.size
        return b"".join(found)

    def chunks(self) -> Iterator[bytes]:
        """Yield the whole file in order, at most 8 MB at a time."""
        for part in self._parts:
            for start in range(0, part.size, _PART):
                yield self._range(part, start, min(part.size, start + _PART))

    def _range(self, part: Segment, start: int, end: int) -> bytes:
        try:
            answer = sdk.client("s3").get_object(
                Bucket=bucket(),
                Key=_segment_key(self._id, part.index),
                Range=f"bytes={start}-{end - 1}",
                IfMatch=part.etag,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("PreconditionFailed", "NoSuchKey"):
                raise
            raise changed_problem() from error
        content: bytes = answer["Body"].read()
        return content


def changed_problem() -> Problem:
    """Return the 409 for an upload of which a segment was changed or deleted."""
    return conflict("The upload was changed by another request; try again.")


def _headers(key: str, content_type: str) -> dict[str, Any]:
    private = key.startswith("media/p/")
    return {
        "Bucket": bucket(),
        "Key": key,
        "ContentType": content_type,
        "CacheControl": PRIVATE_CACHE_CONTROL if private else CACHE_CONTROL,
    }


def put(key: str, content: bytes, content_type: str) -> None:
    """Store an object to serve; storing it again changes nothing."""
    sdk.client("s3").put_object(**_headers(key, content_type), Body=content)


def put_large(key: str, pieces: Iterator[bytes], content_type: str) -> None:
    """Store an object from pieces of any size, with at most 16 MB in memory."""
    s3, headers = sdk.client("s3"), _headers(key, content_type)
    upload = s3.create_multipart_upload(**headers)["UploadId"]
    named = {"Bucket": bucket(), "Key": key, "UploadId": upload}
    done: list[dict[str, Any]] = []

    def send(content: bytes) -> None:
        number = len(done) + 1
        tag = s3.upload_part(**named, PartNumber=number, Body=content)["ETag"]
        done.append({"PartNumber": number, "ETag": tag})

    try:
        waiting = bytearray()
        for piece in pieces:
            waiting += piece
            # Only the last part may be smaller than 5 MB.
            while len(waiting) >= _PART:
                send(bytes(waiting[:_PART]))
                del waiting[:_PART]
        if waiting or not done:
            send(bytes(waiting))
        s3.complete_multipart_upload(**named, MultipartUpload={"Parts": done})
    except BaseException:
        s3.abort_multipart_upload(**named)
        raise


def remove(prefix: str) -> None:
    """Delete all objects under a prefix.

    At most a thousand; media have a handful.
    """
    s3 = sdk.client("s3")
    answer = s3.list_objects_v2(Bucket=bucket(), Prefix=f"{prefix}/")
    keys = [{"Key": one["Key"]} for one in answer.get("Contents", ())]
    if not keys:
        return
    failed = s3.delete_objects(Bucket=bucket(), Delete={"Objects": keys, "Quiet": True})
    if failed.get("Errors"):
        raise RuntimeError(f"{len(failed['Errors'])} objects could not be deleted")
