"""Transcoding port.

Videos are served as uploaded, unless MediaConvert makes other sizes.
"""

import os
from dataclasses import dataclass, field
from typing import Any, Protocol

from chalicelib.tweets.media import object_store

from shared.aws import sdk
from shared.base.process import process
from shared.media.mp4 import VideoInfo


@dataclass(frozen=True)
class Outcome:
    """End of a job.

    Attributes:
        files: further files beside the video, name to extension.
        error: a message for users if it failed.
    """

    files: dict[str, str] = field(default_factory=dict)
    error: str | None = None


class Transcoder(Protocol):
    """Interface of a transcoder to media processing."""

    def start(self, media_id: str, key: str, info: VideoInfo) -> str | None:
        """Start a job for a stored video.

        Starting twice for one media item must make one job.

        Returns:
            the job's id; ``None`` if there is nothing to wait for.
        """

    def check(self, job_id: str, prefix: str) -> Outcome | None:
        """Return the outcome of a job, ``None`` while it runs.

        Args:
            prefix: where its files are.
        """


class PassThrough:
    """A transcoder that leaves the uploaded H.264 as it is."""

    def start(self, media_id: str, key: str, info: VideoInfo) -> str | None:
        """Return ``None``: the video is ready."""
        del media_id, key, info
        return None

    def check(self, job_id: str, prefix: str) -> Outcome | None:
        """Give up on a job of a transcoder that has been switched off."""
        del job_id, prefix
        return Outcome()


class MediaConvert:
    """AWS Elemental MediaConvert: a 720p rendition and a poster.

    Docs: docs.aws.amazon.com/mediaconvert/latest/apireference/jobs.html
    """

    def __init__(self, role_arn: str, queue: str | None = None) -> None:
        self._role, self._queue = role_arn, queue

    def start(self, media_id: str, key: str, info: VideoInfo) -> str | None:
        """Create the job; the token makes a repeated call the same job."""
        folder = f"s3://{object_store.bucket()}/{key.rpartition('/')[0]}"
        extra = {"Queue": self._queue} if self._queue else {}
        answer = sdk.client("mediaconvert").create_job(
            Role=self._role,
            ClientRequestToken=f"media-{media_id}",
            UserMetadata={"media_id": media_id},
            Settings=job_settings(f"s3://{object_store.bucket()}/{key}", folder, info),
            **extra,
        )
        return str(answer["Job"]["Id"])

    def check(self, job_id: str, prefix: str) -> Outcome | None:
        """Read the job; it ends as COMPLETE, ERROR or CANCELED."""
        job = sdk.client("mediaconvert").get_job(Id=job_id)["Job"]
        if job["Status"] == "COMPLETE":
            # Captured frames are numbered: poster.0000000.jpg.
            stills = object_store.extensions(prefix, "poster")
            return Outcome({"720p": "mp4", **({"poster": stills[0]} if stills else {})})
        if job["Status"] in ("ERROR", "CANCELED"):
            # MediaConvert's own messages name our buckets and roles.
            return Outcome(error="The video could not be converted.")
        return None


def job_settings(source: str, folder: str, info: VideoInfo) -> dict[str, Any]:
    """Return ``JobSettings``: a 720p MP4 and one still into ``folder``."""
    video = {
        "CodecSettings": {
            "Codec": "H_264",
            "H264Settings": {
                "RateControlMode": "QVBR",
                "MaxBitrate": 2_500_000,
                "QvbrSettings": {"QvbrQualityLevel": 7},
                "SceneChangeDetect": "TRANSITION_DETECTION",
            },
        },
        # One side is given; MediaConvert keeps the shape.
        **({"Height": 720} if info.width >= info.height else {"Width": 720}),
    }
    audio = {
        "CodecSettings": {
            "Codec": "AAC",
            "AacSettings": {
                "Bitrate": 128_000,
                "CodingMode": "CODING_MODE_2_0",
                "SampleRate": 48_000,
            },
        },
        "AudioSourceName": "Audio Selector 1",
    }
    film = {
        "ContainerSettings": {
            "Container": "MP4",
            "Mp4Settings": {"MoovPlacement": "PROGRESSIVE_DOWNLOAD"},
        },
        "VideoDescription": video,
        **({"AudioDescriptions": [audio]} if info.audio_codec else {}),
    }
    still = {
        "ContainerSettings": {"Container": "RAW"},
        "VideoDescription": {
            "CodecSettings": {
                "Codec": "FRAME_CAPTURE",
                "FrameCaptureSettings": {"MaxCaptures": 1, "Quality": 80},
            }
        },
    }

    def group(name: str, output: dict[str, Any]) -> dict[str, Any]:
        place = {"Type": "FILE_GROUP_SETTINGS", "FileGroupSettings": {"Destination": name}}
        return {"OutputGroupSettings": place, "Outputs": [output]}

    return {
        "Inputs": [
            {
                "FileInput": source,
                "AudioSelectors": {"Audio Selector 1": {"DefaultSelection": "DEFAULT"}},
                "TimecodeSource": "ZEROBASED",
                # Upright videos of phones lie down and say so.
                "VideoSelector": {"Rotate": "AUTO"},
            }
        ],
        "OutputGroups": [group(f"{folder}/720p", film), group(f"{folder}/poster", still)],
    }


@process.lazy
def transcoder() -> Transcoder:
    """Return the configured transcoder.

    It is MediaConvert if the environment names a role for it.
    """
    role = os.environ.get("MEDIACONVERT_ROLE_ARN")
    return MediaConvert(role, os.environ.get("MEDIACONVERT_QUEUE")) if role else PassThrough()
