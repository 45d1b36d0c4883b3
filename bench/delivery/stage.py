"""The notifications domain on an embedded AWS of its own, without workers."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.base.domain import load_app
from scripts.deploy.provision import apply_template, templates, verify_sender
from scripts.emulator.stack import Stack, embedded_aws
from shared.base.process import process

# Subscriptions name the topics of the first, and deliveries read tables of the others.
STACKS = ("events", "users", "tweets", "notifications")


@contextmanager
def notifications_alone() -> Iterator[tuple[Stack, Path]]:
    """Run the embedded AWS; yields it with the directory of its state."""
    with (
        tempfile.TemporaryDirectory() as folder,
        embedded_aws(Path(folder), keep=False) as stack,
    ):
        os.environ.update(stack.full_environment("http://127.0.0.1:8000"))
        process.restart()
        found = templates()
        for name in STACKS:
            apply_template(name, found[name], stage="dev")
        verify_sender()
        load_app("notifications")
        yield stack, Path(folder)
