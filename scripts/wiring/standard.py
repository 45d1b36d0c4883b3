"""Rights and settings that follow from the kind of a function."""

from __future__ import annotations

from typing import Any

from scripts.wiring.rights import Statement, statement

LOGS = statement(
    ["logs:CreateLogStream", "logs:PutLogEvents"],
    ["arn:aws:logs:*:*:log-group:/aws/lambda/rookery-*"],
)
# Where Lambda leaves what a stream's handler could not do (infra/events.yaml).
FAILURES = {"Fn::ImportValue": {"Fn::Sub": "rookery-${Stage}-stream-failures-arn"}}
# Lambda gives a batch up after so many attempts.
RETRIES = 20

# Every API authenticates: with tokens, with OAuth 1.0a, and by whether an account still stands.
API_RIGHTS = {
    "public_key": ["users.tokens", "users.tokens-next", "users.tokens-previous"],
    "decrypt": ["users.secrets"],
    "query": ["users.revocations"],
    "batch_get": [
        "users.clients[consumer#*,oauth1#*]",
        "users.grants[consumer#*,oauth1#*]",
        "users.users",
    ],
    # Nonces of OAuth 1.0a and keys of clients that repeat; limits by user and address.
    "put": ["idempotency"],
    "update": ["limits"],
}
API_SETTINGS = ("EDGE_SECRET_DIGESTS", "PUBLIC_URL")

# Variables of functions that parameters of the template give.
PARAMETERS: dict[str, tuple[str, dict[str, Any]]] = {
    "PUBLIC_URL": (
        "PublicUrl",
        {
            "Type": "String",
            "Default": "http://127.0.0.1:8000",
            "Description": "Where people reach the platform; tokens and links begin with it.",
        },
    ),
    "EDGE_SECRET_DIGESTS": (
        "EdgeSecretDigests",
        {
            "Type": "String",
            "Default": "",
            "AllowedPattern": "(none|[0-9a-f]{64}(,[0-9a-f]{64})?)?",
            "Description": (
                "SHA-256 (hex) of the CDN's origin secret, two while it is rotated. "
                "Others are refused; nobody when none."
            ),
        },
    ),
    "MAIL_FROM": (
        "MailFrom",
        {
            "Type": "String",
            "Default": "Rookery <no-reply@rookery.example>",
            "Description": "Sender of mails, an identity that SES has verified.",
        },
    ),
    "CONTACTS_URL": (
        "ContactsUrl",
        {
            "Type": "String",
            "Default": "",
            "NoEcho": True,
            "Description": (
                "postgresql://... of the contacts; give a dynamic reference to a secret. "
                "Only functions that need contacts get it."
            ),
        },
    ),
    "CACHE_URL": (
        "CacheUrl",
        {
            "Type": "String",
            "Default": "",
            "NoEcho": True,
            "Description": "rediss://... of a Valkey that functions share; empty: none.",
        },
    ),
}
STAGE = {"Type": "String", "Default": "dev", "AllowedPattern": "[a-z][a-z0-9]{1,10}"}


def receives(queue: str) -> Statement:
    """Allow Lambda to take messages from a queue for a function."""
    actions = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
    return statement(actions, [f"arn:aws:sqs:*:*:{queue}"])


def reads_stream(table: str, stage: str) -> list[Statement]:
    """Allow Lambda to read a table's stream and to store failed batches."""
    actions = [
        *("dynamodb:DescribeStream", "dynamodb:GetRecords"),
        *("dynamodb:GetShardIterator", "dynamodb:ListStreams"),
    ]
    bucket = f"arn:aws:s3:::rookery-{stage}-stream-failures-*"
    return [
        statement(actions, [f"arn:aws:dynamodb:*:*:table/{table}/stream/*"]),
        # Lambda refuses a destination where the role lacks one of the two.
        statement(["s3:PutObject"], [f"{bucket}/*"]),
        statement(["s3:ListBucket"], [bucket]),
    ]
