"""Pictures, films and uploads for tests."""

import io
import json
import secrets
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from shared.aws import dynamo, sdk
from shared.base.config import settings
from tests.platform import Answer, Person

DATA = Path(__file__).parent / "data"
CLIP = (DATA / "clip.mp4").read_bytes()
# H.265, which browsers do not play everywhere.
HEVC = (DATA / "hevc.mp4").read_bytes()


def png(size: tuple[int, int] = (320, 200), colour: str = "teal") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


def animated(kind: str, frames: int = 3) -> bytes:
    out = io.BytesIO()
    drawn = [Image.new("RGB", (30, 20), (80 * one, 0, 0)) for one in range(frames)]
    drawn[0].save(out, kind, save_all=True, append_images=drawn[1:], loop=0, duration=50)
    return out.getvalue()


def animated_gif(frames: int = 3) -> bytes:
    return animated("GIF", frames)


def box(kind: bytes, *parts: bytes) -> bytes:
    """A box of an MP4."""
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def sps(profile: int = 100, chroma: int = 1, bits: int = 8) -> bytes:
    """The beginning of a sequence parameter set of H.264."""

    def number(value: int) -> str:
        return f"{value + 1:b}".zfill(2 * (value + 1).bit_length() - 1)

    fields = number(0)
    if profile in (100, 110, 122, 244):
        fields += number(chroma) + "0" * (chroma == 3) + number(bits - 8) * 2
    padded = fields.ljust(64, "0")
    return bytes([0x67, profile, 0, 30]) + int(padded, 2).to_bytes(8, "big")


def film(
    *,
    duration_ms: int = 2000,
    size: tuple[int, int] = (320, 180),
    matrix: tuple[int, ...] = (1, 0, 0, 1),
    parameters: bytes = sps(),
    entries: Callable[[bytes], bytes] = lambda avcc: box(b"avc1", bytes(78), avcc),
    extended: bytes = b"",
) -> bytes:
    """An MP4 of one video track without samples.

    Args:
        matrix: a, b, c and d of its display matrix.
        parameters: its sequence parameter set; empty for none.
        entries: makes its sample entries of an ``avcC``.
        extended: further boxes of the index.
    """
    a, b, c, d = (one * 0x10000 for one in matrix)
    sides = (size[0] << 16, size[1] << 16)
    shape = struct.pack(">9i2I", a, b, 0, c, d, 0, 0, 0, 0x40000000, *sides)
    tkhd = box(b"tkhd", struct.pack(">5I", 7, 0, 0, 1, 0), bytes(20), shape)
    sets = struct.pack(">BH", 0xE1, len(parameters)) + parameters if parameters else b"\xe0"
    profile = parameters[1] if parameters else 244
    avcc = box(b"avcC", bytes([1, profile, 0, 30, 0xFF]), sets)
    stsd = box(b"stsd", struct.pack(">II", 0, 1), entries(avcc))
    hdlr = box(b"hdlr", bytes(8), b"vide", bytes(13))
    mdhd = box(b"mdhd", struct.pack(">5I", 0, 0, 0, 1000, 0), bytes(4))
    mdia = box(b"mdia", mdhd, hdlr, box(b"minf", box(b"stbl", stsd)))
    mvhd = box(b"mvhd", struct.pack(">5I", 0, 0, 0, 1000, duration_ms), bytes(80))
    return box(b"ftyp", b"mp42", bytes(4)) + box(b"moov", mvhd, box(b"trak", tkhd, mdia), extended)


def fragmented(count: int = 4) -> bytes:
    """A video in fragments of half a second, whose index has no duration."""
    trex = box(b"trex", struct.pack(">6I", 0, 1, 1, 100, 0, 0))
    content = film(duration_ms=0, extended=box(b"mvex", trex))
    for number in range(count):
        # Three samples with durations of their own, and two of the default duration.
        own = struct.pack(">II6I", 0x300, 3, 50, 9, 100, 9, 150, 9)
        runs = box(b"trun", own) + box(b"trun", struct.pack(">II", 0, 2))
        tfhd = box(b"tfhd", struct.pack(">II", 0, 1))
        moof = box(
            b"moof", box(b"mfhd", struct.pack(">II", 0, number + 1)), box(b"traf", tfhd, runs)
        )
        content += moof + box(b"mdat", bytes(30_000))
    return content


def form(fields: dict[str, Any], content: bytes | None = None) -> tuple[str, bytes]:
    """Content type and body of a multipart form."""
    boundary = secrets.token_hex(16)
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    if content is not None:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="media"; filename="x"\r\n'
        kind = "Content-Type: application/octet-stream\r\n\r\n"
        parts.append(head.encode() + kind.encode() + content + b"\r\n")
    return f"multipart/form-data; boundary={boundary}", b"".join(
        [*parts, f"--{boundary}--\r\n".encode()]
    )


def send(person: Person, path: str, fields: dict[str, Any], content: bytes | None = None) -> Answer:
    kind, body = form(fields, content)
    return person.call("POST", path, body, content_type=kind)


def photo(person: Person, content: bytes | None = None, category: str = "tweet_image") -> str:
    """Upload at once; the media id."""
    fields = {"media_category": category}
    answer = send(person, "/2/media/upload", fields, png() if content is None else content)
    assert answer.status == 200, answer.body
    media_id: str = answer.json()["data"]["id"]
    return media_id


def video(person: Person, content: bytes = CLIP, segment: int = 5000) -> str:
    """Upload in segments and wait for the processing; the media id."""
    body = {"media_type": "video/mp4", "media_category": "tweet_video", "total_bytes": len(content)}
    media_id = str(person.ok("POST", "/2/media/upload/initialize", body)["data"]["id"])
    for index, start in enumerate(range(0, len(content), segment)):
        path = f"/2/media/upload/{media_id}/append"
        sent = send(person, path, {"segment_index": index}, content[start : start + segment])
        assert sent.status == 200, sent.body
    person.ok("POST", f"/2/media/upload/{media_id}/finalize")
    person.platform.settle()
    return media_id


def state(person: Person, media_id: str) -> Any:
    found = person.ok("GET", f"/2/media/upload?command=STATUS&media_id={media_id}")
    return found["data"].get("processing_info", {})


def included(person: Person, tweet_id: str) -> list[dict[str, Any]]:
    """The media objects in a tweet's answer, with all fields."""
    fields = "alt_text,duration_ms,height,media_key,preview_image_url,type,url,variants,width"
    found = person.ok(
        "GET",
        f"/2/tweets/{tweet_id}?expansions=attachments.media_keys&tweet.fields=attachments"
        f"&media.fields={fields}",
    )
    media: list[dict[str, Any]] = found.get("includes", {}).get("media", [])
    assert found["data"].get("attachments", {}).get("media_keys", []) == [
        one["media_key"] for one in media
    ]
    return media


def attached(*ids: str) -> dict[str, Any]:
    return {"text": "look", "media": {"media_ids": list(ids)}}


def as_json(answer: Answer) -> str:
    return json.dumps(answer.json())


def objects(media_id: str) -> list[str]:
    """Keys of everything that is kept of an upload."""
    item = stored(media_id)
    bucket = settings().bucket("tweets", "media")
    found: list[str] = []
    for prefix in (f"uploads/{media_id}/", f"{item['prefix']}/"):
        answer = sdk.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)
        found += [one["Key"] for one in answer.get("Contents", ())]
    return found


def stored(media_id: str) -> dict[str, Any]:
    """The item of an upload."""
    table = settings().name("tweets", "media")
    return dynamo.batch_get({table: [{"id": media_id}]}, consistent=True)[table][0]


def content(url: str) -> tuple[str, bytes]:
    """Return the object that the bucket has for a media address."""
    bucket = settings().bucket("tweets", "media")
    key = url.removeprefix(f"{settings().public_url}/").partition("?")[0]
    answer = sdk.client("s3").get_object(Bucket=bucket, Key=key)
    return answer["ContentType"], answer["Body"].read()
