"""A mail and a push as a script would send them: one call each."""

import os
from functools import cache
from typing import Any

import boto3
import requests


@cache
def _ses() -> Any:
    return boto3.client("sesv2")


@cache
def _session() -> requests.Session:
    return requests.Session()


def mail(number: int) -> None:
    """Send a mail by SES."""
    _ses().send_email(
        FromEmailAddress=os.environ["MAIL_FROM"],
        Destination={"ToAddresses": [f"u{number}@example.org"]},
        Content={
            "Simple": {
                "Subject": {"Data": "Tea"},
                "Body": {
                    "Text": {"Data": f"It is ready, number {number}."},
                    "Html": {"Data": f"<p>It is ready, number {number}.</p>"},
                },
            }
        },
    )


def push(number: int) -> None:
    """Send a push by FCM, with an access token from the environment."""
    message = {
        "token": f"{number:064x}",
        "notification": {"title": "Tea", "body": f"It is ready, number {number}."},
    }
    answer = _session().post(
        os.environ["BENCH_FCM_SEND"],
        json={"message": message},
        headers={"authorization": f"Bearer {os.environ['BENCH_FCM_TOKEN']}"},
        timeout=30,
    )
    answer.raise_for_status()
