"""Makes the embedded AWS treat Lambda functions as AWS does.

They run in a Python without packages, so that a bundle must bring its own; and
with ``ROOKERY_ENFORCE_IAM=1`` they get no further than their roles' policies.
Runs in the stack's own virtual environment.
"""

from __future__ import annotations

import dataclasses
import json
import shlex
import sys
from pathlib import Path
from typing import Any

from scripts.emulator.apis import imports_apis


def bare_python(state: Path) -> Path:
    """A Python without any package.

    Otherwise functions could import what the emulator itself brought, and a
    bundle that lacks a package would work here and nowhere else.
    """
    script = state / "python"
    base = shlex.quote(str(sys._base_executable))  # type: ignore[attr-defined]
    script.write_text(f'#!/bin/sh\nexec {base} -I -S "$@"\n')
    script.chmod(0o700)
    return script


def as_asked_on_aws(context: Any) -> Any:
    """Correct a permission that the emulator asks for under a wrong name.

    A key that is named by its alias: the resource is the key, the alias is the
    condition key ``kms:RequestAlias``. A mail: the resource is the sender's identity.
    """
    place, separator, name = str(context.resource_arn).partition(":alias/")
    if context.action.startswith("kms:") and separator:
        return dataclasses.replace(
            context,
            resource_arn=f"{place}:key/{name}",
            service_context={**context.service_context, "kms:requestalias": f"alias/{name}"},
        )
    if context.action == "ses:SendEmail" and context.resource_arn == "*":
        owner = f"{context.region}:{context.principal_account}"
        return dataclasses.replace(context, resource_arn=f"arn:aws:ses:{owner}:identity/sender")
    return context


def _watch_permissions(state: Path) -> None:
    """Correct permission checks, and record those of functions.

    ``iam.jsonl`` in the state directory gets a line for every new one: role,
    action, resource, decision.
    """
    from ministack.core import iam_actions, iam_evaluator

    decide, extract = iam_evaluator.evaluate, iam_actions.extract_iam_action
    seen: set[tuple[str, str, str, str]] = set()

    def evaluate(context: Any, *layers: Any) -> Any:
        context = as_asked_on_aws(context)
        result = decide(context, *layers)
        line = (context.principal_arn, context.action, context.resource_arn, result.decision)
        if ":assumed-role/" in context.principal_arn and line not in seen:
            seen.add(line)
            with (state / "iam.jsonl").open("a") as log_file:
                log_file.write(json.dumps(line) + "\n")
        return result

    def action(*arguments: Any, **named: Any) -> Any:
        # On AWS who may send may send batches; the emulator wants a permission of its own.
        found = extract(*arguments, **named)
        return found.removesuffix("Batch") if str(found).startswith(("sns:", "sqs:")) else found

    iam_evaluator.evaluate = evaluate
    iam_actions.extract_iam_action = action


def like_aws(emulator: Any, state: Path) -> None:
    """Prepare the imported emulator; ``state`` is its directory."""
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    # Functions are pending for a moment, and whoever asks then asks again after five seconds.
    lambda_svc._LAMBDA_STATE_TRANSITION_DELAY = 0
    # Policies refuse plain text; there is none but that on a loopback.
    pin = emulator.pin_request_origin
    emulator.pin_request_origin = lambda address, _: pin(address, True)
    _watch_permissions(state)
    imports_apis()
    python, detect = str(bare_python(state)), lambda_runtime._detect_runtime_binary

    def detect_bare(runtime: str) -> tuple[str, str]:
        binary, script = detect(runtime)
        return (python if runtime.startswith("python") else binary), script

    lambda_runtime._detect_runtime_binary = detect_bare
