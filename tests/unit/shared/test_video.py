"""Videos by their boxes, and the contract with MediaConvert."""

import struct
from dataclasses import replace
from typing import Any

import pytest
from botocore.model import ListShape, Shape, StructureShape
from botocore.stub import ANY, Stubber
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st

from scripts.base.domain import load_app
from shared.aws import sdk
from shared.media import mp4
from tests.media_support import CLIP, HEVC, box, film, fragmented, sps


def probe(content: bytes) -> mp4.VideoInfo:
    return mp4.probe(lambda at, length: content[at : at + length], len(content))


def test_what_a_film_is() -> None:
    found = probe(CLIP)
    assert (found.duration_ms, found.width, found.height) == (3000, 160, 90)
    assert (found.video_codec, found.audio_codec) == ("avc1", "mp4a")
    ((start, end),) = found.private
    assert b"+59.0" in CLIP[start:end]


@pytest.mark.parametrize(
    ("matrix", "size"),
    [
        ((1, 0, 0, 1), (320, 180)),
        ((0, 1, -1, 0), (180, 320)),
        ((0, -1, 1, 0), (180, 320)),
        ((-1, 0, 0, -1), (320, 180)),
        ((0, 0, 0, 0), (320, 180)),
    ],
)
def test_a_display_matrix_turns_the_picture(matrix: tuple[int, ...], size: tuple[int, int]) -> None:
    found = probe(film(matrix=matrix))
    assert (found.width, found.height) == size


def test_fragments_add_up_and_cost_one_read_each() -> None:
    content, reads = fragmented(20), []

    def read(at: int, length: int) -> bytes:
        reads.append(at)
        return content[at : at + length]

    assert mp4.probe(read, len(content)).duration_ms == 10_000
    assert len(reads) <= 2 + 20
    assert probe(fragmented(0)).duration_ms == 0
    with pytest.raises(mp4.VideoError, match=r"broken|truncated"):
        probe(content.replace(struct.pack(">II", 0x300, 3), struct.pack(">II", 0x300, 999), 1))


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        (sps(110, bits=10), "10-bit colour"),
        (sps(100, bits=9), "9-bit colour"),
        (sps(122, chroma=2), "4:2:2 colour"),
        (sps(244, chroma=3), "4:4:4 colour"),
        (sps(244, chroma=3, bits=14), "4:4:4 colour"),
        (b"", "4:4:4 colour"),
    ],
)
def test_h264_that_browsers_do_not_play_is_refused_with_the_reason(
    parameters: bytes, reason: str
) -> None:
    with pytest.raises(mp4.VideoError, match=f"H.264 with {reason} is not supported"):
        probe(film(parameters=parameters))


TEN_BITS = box(b"avcC", bytes([1, 110, 0, 30, 0xFF, 0xE1, 0, 12]), sps(110, bits=10))
SECOND = box(
    b"avcC", bytes([1, 100, 0, 30, 0xFF, 0xE2, 0, 12]), sps(), bytes([0, 12]), sps(244, chroma=3)
)


@pytest.mark.parametrize(
    ("further", "reason"),
    [
        (box(b"hvc1", bytes(78)), r"codec \[hvc1\]"),
        (box(b"avc1", bytes(78), TEN_BITS), "10-bit colour"),
        (box(b"avc3", bytes(78), TEN_BITS), "10-bit colour"),
        (box(b"avc1", bytes(78), SECOND), "4:4:4 colour"),
        (box(b"avc3", bytes(78)), "unknown parameters"),
        (box(b"avc1", bytes(78), box(b"pasp", bytes(8))), "unknown parameters"),
    ],
)
def test_every_sample_entry_is_judged(further: bytes, reason: str) -> None:
    def first(avcc: bytes) -> bytes:
        return box(b"avc1", bytes(78), avcc)

    for content in (
        film(entries=lambda avcc: first(avcc) + further),
        film(entries=lambda avcc: further + first(avcc)),
    ):
        with pytest.raises(mp4.VideoError, match=reason):
            probe(content)
    assert probe(film(entries=lambda avcc: first(avcc) * 2)).video_codec == "avc1"
    assert probe(film(entries=lambda avcc: box(b"avc3", bytes(78), avcc))).video_codec == "avc3"
    with pytest.raises(mp4.VideoError, match=r"codec \[\]"):
        probe(film(entries=lambda _: b""))


@pytest.mark.parametrize("parameters", [sps(), sps(66), sps(77), sps(110), sps(100, chroma=0)])
def test_ordinary_h264_is_taken(parameters: bytes) -> None:
    assert probe(film(parameters=parameters)).duration_ms == 2000


def test_what_cannot_be_played_is_said() -> None:
    with pytest.raises(mp4.VideoError, match="hvc1"):
        probe(HEVC)
    for wrong in (b"", b"RIFF", CLIP[:1000], CLIP[:28], CLIP.replace(b"moov", b"free", 1)):
        with pytest.raises(mp4.VideoError):
            probe(wrong)


def test_pictures_in_the_same_boxes_are_no_films() -> None:
    for brand in (b"heic", b"avif"):
        picture = CLIP.replace(CLIP[8:12], brand, 1)
        assert mp4.sniff(picture) is None
        with pytest.raises(mp4.VideoError, match="must be an MP4"):
            probe(picture)


@given(
    st.sampled_from([CLIP, fragmented(1)]),
    st.lists(st.tuples(st.integers(0, 3000), st.binary(min_size=1, max_size=8)), max_size=5),
)
def test_damage_is_a_video_error_or_a_film(whole: bytes, damages: list[tuple[int, bytes]]) -> None:
    content = bytearray(whole)
    for at, patch in damages:
        content[at : at + len(patch)] = patch
    try:
        probe(bytes(content))
    except mp4.VideoError:
        return


def test_the_contract_with_mediaconvert(monkeypatch: pytest.MonkeyPatch) -> None:
    load_app("tweets")
    from chalicelib.tweets.media.transcoding import MediaConvert, Outcome

    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
    clients = {
        name: sdk.session().create_client(name, region_name="us-east-1", **keys)
        for name in ("mediaconvert", "s3")
    }
    monkeypatch.setattr(sdk, "client", clients.__getitem__)
    role, transcoder = "arn:aws:iam::1:role/x", MediaConvert("arn:aws:iam::1:role/x")
    with Stubber(clients["mediaconvert"]) as stubbed, Stubber(clients["s3"]) as bucket:
        stubbed.add_response(
            "create_job",
            {"Job": {"Id": "job-1", "Role": role, "Settings": {}}},
            {
                "Role": role,
                "ClientRequestToken": "media-7",
                "UserMetadata": {"media_id": "7"},
                "Settings": ANY,
            },
        )
        assert transcoder.start("7", "media/abc/video.mp4", probe(CLIP)) == "job-1"
        # Captured frames are numbered; the first that there is becomes the poster.
        bucket.add_response(
            "list_objects_v2",
            {"Contents": [{"Key": "media/abc/poster.0000000.jpg"}]},
            {"Bucket": ANY, "Prefix": "media/abc/poster."},
        )
        ends: list[tuple[str, Outcome | None]] = [
            ("PROGRESSING", None),
            ("COMPLETE", Outcome({"720p": "mp4", "poster": "0000000.jpg"})),
            ("ERROR", Outcome(error="The video could not be converted.")),
        ]
        for status, outcome in ends:
            job = {"Role": role, "Settings": {}, "Status": status}
            stubbed.add_response("get_job", {"Job": job}, {"Id": "job-1"})
            assert transcoder.check("job-1", "media/abc") == outcome


def unknown(shape: Shape, value: Any, at: str = "") -> list[str]:
    """Return values outside a service's enums, which botocore ignores."""
    if isinstance(shape, StructureShape):
        known = shape.members
        inner = [unknown(known[name], one, f"{at}.{name}") for name, one in value.items()]
        return [wrong for found in inner for wrong in found]
    if isinstance(shape, ListShape):
        return [wrong for one in value for wrong in unknown(shape.member, one, at)]
    enum = getattr(shape, "enum", None)
    return [f"{at}={value}"] if enum and value not in enum else []


@pytest.mark.parametrize("audio", ["mp4a", None])
def test_jobs_agree_with_the_documented_service(audio: str | None) -> None:
    load_app("tweets")
    from chalicelib.tweets.media.transcoding import job_settings

    asked = job_settings("s3://b/v.mp4", "s3://b", replace(probe(CLIP), audio_codec=audio))
    shape = sdk.session().get_service_model("mediaconvert").shape_for("JobSettings")
    report = ParamValidator().validate(asked, shape)
    assert not report.has_errors(), report.generate_report()
    assert unknown(shape, asked) == []
    assert unknown(shape, {"TimecodeConfig": {"Source": "X"}}) == [".TimecodeConfig.Source=X"]
    output = asked["OutputGroups"][0]["Outputs"][0]
    assert ("AudioDescriptions" in output) == bool(audio)
    assert asked["Inputs"][0]["VideoSelector"] == {"Rotate": "AUTO"}
