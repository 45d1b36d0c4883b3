"""Archive of an export: files of all domains as a zip, streamed to S3.

A file is at most one page of a section, and S3 takes the zip in parts of
8 MiB, so memory stays bounded for any amount of data.
"""

import io
import zipfile
from dataclasses import dataclass
from typing import Any

from chalicelib.users.exports import jobs

from shared.aws import sdk
from shared.aws.dynamo import Item
from shared.base.process import process
from shared.contracts import exporting

_README = """\
Your data on Rookery. Every file is a JSON array; long lists continue in
<name>-part1.json and so on. Other users appear by their id only:
/2/users/<id> shows their profile, as long as they have one.
"""


@dataclass(frozen=True)
class ArchiveLimits:
    """Bounds of the upload of an archive.

    Attributes:
        part_bytes: size of the parts, except for the last.
    """

    part_bytes: int = 8 * 1024 * 1024


def make(message: Item) -> None:
    """Make the archive of a complete job; made twice, it is the same object."""
    user_id, export_id = message["user_id"], message["export_id"]
    job = jobs.find(user_id)
    if job is None or job.id != export_id or job.status != jobs.RUNNING:
        return
    upload = _Upload(exporting.bucket(), jobs.archive_key(user_id, export_id))
    try:
        with zipfile.ZipFile(upload, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("README.txt", _README)
            _add_files(archive, exporting.prefix(message) + "data/")
        size = upload.finish()
    except BaseException:
        upload.abort()
        raise
    jobs.finish(user_id, export_id, size)


def _add_files(archive: zipfile.ZipFile, prefix: str) -> None:
    s3, name = sdk.client("s3"), exporting.bucket()
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=name, Prefix=prefix):
        for one in page.get("Contents", ()):
            content = s3.get_object(Bucket=name, Key=one["Key"])["Body"].read()
            archive.writestr(f"data/{one['Key'].removeprefix(prefix)}", content)


class _Upload(io.RawIOBase):
    """Writable file that becomes an S3 object; zip does not need it to seek."""

    def __init__(self, bucket: str, key: str) -> None:
        super().__init__()
        self._where: Item = {"Bucket": bucket, "Key": key}
        started = sdk.client("s3").create_multipart_upload(
            **self._where, ContentType="application/zip"
        )
        self._where["UploadId"] = started["UploadId"]
        self._buffer = bytearray()
        self._parts: list[Item] = []
        self._size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._buffer += data
        self._size += len(data)
        if len(self._buffer) >= process.limits(ArchiveLimits).part_bytes:
            self._send()
        return len(data)

    def finish(self) -> int:
        """Complete the object; returns its size in bytes."""
        self._send()
        sdk.client("s3").complete_multipart_upload(
            **self._where, MultipartUpload={"Parts": self._parts}
        )
        return self._size

    def abort(self) -> None:
        """Drop the parts that were sent."""
        sdk.client("s3").abort_multipart_upload(**self._where)

    def _send(self) -> None:
        number = len(self._parts) + 1
        answer = sdk.client("s3").upload_part(
            **self._where, PartNumber=number, Body=bytes(self._buffer)
        )
        self._parts.append({"PartNumber": number, "ETag": answer["ETag"]})
        self._buffer.clear()
