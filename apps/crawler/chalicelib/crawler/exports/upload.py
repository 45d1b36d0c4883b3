"""Objects in S3 from iterators of bytes, in parts: memory is bounded."""

from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.crawler.store import objects

from shared.aws import sdk
from shared.aws.dynamo import Item
from shared.base.process import process


@dataclass(frozen=True)
class UploadLimits:
    """Bounds of an upload.

    Attributes:
        part_bytes: size of the parts, except for the last.
    """

    part_bytes: int = 8 * 1024 * 1024


def upload(key: str, content_type: str, content: Iterator[bytes]) -> int:
    """Write an object, and return its size in bytes.

    Calls: one for up to 8 MiB, else one per part and two more. A failure leaves nothing.
    """
    most = process.limits(UploadLimits).part_bytes
    where: Item = {}
    parts: list[Item] = []
    buffer, size = bytearray(), 0
    try:
        for chunk in content:
            buffer += chunk
            size += len(chunk)
            if len(buffer) >= most:
                where = where or _begin(key, content_type)
                parts.append(_send(where, len(parts) + 1, bytes(buffer)))
                buffer.clear()
        if not where:
            objects.put(key, bytes(buffer), content_type)
            return size
        if buffer:
            parts.append(_send(where, len(parts) + 1, bytes(buffer)))
        sdk.client("s3").complete_multipart_upload(**where, MultipartUpload={"Parts": parts})
    except BaseException:
        if where:
            sdk.client("s3").abort_multipart_upload(**where)
        raise
    return size


def _begin(key: str, content_type: str) -> Item:
    where = {"Bucket": objects.bucket(), "Key": key}
    begun = sdk.client("s3").create_multipart_upload(**where, ContentType=content_type)
    return {**where, "UploadId": begun["UploadId"]}


def _send(where: Item, number: int, body: bytes) -> Item:
    answer = sdk.client("s3").upload_part(**where, PartNumber=number, Body=body)
    return {"PartNumber": number, "ETag": answer["ETag"]}
