"""`make deploy`, `diff`, `status` and `destroy`: stages on AWS.

For every domain a stack of resources (tables, queues, keys: they stay) and a
stack with its app (functions, routes: they change). Every change is shown
before it is made. Commands may be interrupted and repeated: they go on where
they were. See docs/deploy.md.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from scripts.base.cfn_yaml import load_template
from scripts.base.domain import domains
from scripts.base.process import ROOT
from scripts.deploy import stacks
from scripts.deploy.account import (
    Account,
    DeployError,
    artifacts_bucket,
    connect,
    in_words,
    refuse_second_owner,
)
from scripts.deploy.adopt import only, retained
from scripts.deploy.alarms import with_alarms
from scripts.deploy.destroy import destroy
from scripts.deploy.indexes import steps
from scripts.deploy.limits import PROTECTED, with_protection
from scripts.deploy.package import TEMPLATE, PackageError, package_all
from scripts.deploy.provision import complete_tables, stack_name, templates
from scripts.deploy.refusals import (
    refuse_loopback,
    refuse_missing_contacts,
    refuse_unnumbered_region,
)
from scripts.deploy.status import report
from scripts.deploy.templates import Template, body, packaged, parameters, with_names
from scripts.deploy.words import dangers, lines

# Template parameters, and the variables of the environment that give them.
PARAMETERS = {
    "PublicUrl": "PUBLIC_URL",
    "EdgeSecretDigests": "EDGE_SECRET_DIGESTS",
    "MailFrom": "MAIL_FROM",
    "ContactsUrl": "CONTACTS_URL",
    "CacheUrl": "CACHE_URL",
    "AlarmMail": "ALARM_MAIL",
    "RequestsPerSecond": "REQUESTS_PER_SECOND",
    "RequestBurst": "REQUEST_BURST",
    "ApiConcurrency": "API_CONCURRENCY",
    "LogArchiveDays": "LOG_ARCHIVE_DAYS",
    "Tracing": "TRACING",
    "Alarms": "ALARMS",
    "EventHandlers": "EVENT_HANDLERS",
}

# What no domain owns. Logs are archived on AWS only: locally they are files.
SHARED = ("events", "logs")

Confirm = Callable[[str], bool]


def app_stack(domain: str, stage: str) -> str:
    """Name of the stack that holds a domain's functions and routes."""
    return f"rookery-{stage}-{domain}"


def shared_and_own() -> dict[str, Path]:
    """All templates of resources, in order of dependence."""
    found = templates()
    return {"events": found.pop("events"), "logs": ROOT / "infra" / "logs.yaml", **found}


def ask(question: str) -> bool:
    """Ask at the terminal; without one the answer is no."""
    if not sys.stdin.isatty():
        print(f"{question} Nobody is there to answer; say --yes (YES=1) to go on.")
        return False
    return input(f"{question} [y/N] ").strip().lower() in {"y", "yes"}


class Deployment:
    """One run of a command for one stage."""

    def __init__(
        self,
        account: Account,
        stage: str,
        *,
        confirm: Confirm | None = None,
        dry: bool = False,
        say: stacks.Say = print,
    ) -> None:
        self.account, self.stage, self.dry, self.say = account, stage, dry, say
        # None: nobody needs to be asked.
        self.confirm = confirm
        self.bucket = artifacts_bucket(account, stage)
        self.known = {"Stage": stage} | {
            name: os.environ.get(variable, "") for name, variable in PARAMETERS.items()
        }

    def _apply(self, proposal: stacks.Proposal | None, name: str) -> bool:
        """Show a change set and carry it out; False when it was not carried out."""
        if proposal is None:
            self.say(f"stack {name}: no change")
            return True
        for line in lines(proposal):
            self.say(line)
        for line in dangers(proposal):
            self.say(f"  CAREFUL: {line}")
        try:
            if self.dry or (self.confirm is not None and not self.confirm("Make these changes?")):
                stacks.withdraw(self.account, proposal)
                if not self.dry:
                    self.say(f"stack {name}: left as it was")
                return False
        except BaseException:
            stacks.withdraw(self.account, proposal)
            raise
        stacks.carry_out(self.account, proposal, self.say)
        return True

    def _arguments(self, name: str, template: Template) -> dict[str, Any]:
        standing = stacks.describe(self.account, name) or {}
        before = [one["ParameterKey"] for one in standing.get("Parameters", [])]
        return {
            **body(self.account, self.bucket, template),
            "Parameters": parameters(template, self.known, before),
            "Tags": [{"Key": "rookery:stage", "Value": self.stage}],
        }

    def apply(self, name: str, template: Template) -> bool:
        """Apply a template to its stack; return False if that was declined."""
        stands = stacks.make_ready(self.account, name, self.say, repair=not self.dry)
        imports = [] if stands else retained(self.account, template)
        if imports:
            self.say(f"stack {name}: takes over what an earlier one left")
            grown = self._arguments(name, only(template, imports))
            # An import may change nothing, not even the tags of a stack that it makes.
            grown = {**grown, "Tags": [], "ChangeSetType": "IMPORT", "ResourcesToImport": imports}
            proposal = stacks.propose(self.account, name, new=True, **grown)
            if not self._apply(proposal, name):
                return False
            stands = True
        stepwise = stands and not imports and not self.dry
        standing = stacks.template(self.account, name) if stepwise else None
        for step in steps(standing, template):
            self.say(f"stack {name}: DynamoDB changes one index of a table at a time")
            if not self._apply(self._propose(name, step), name):
                return False
        try:
            # A table that left the template and returns is found by its name.
            proposal = stacks.propose(
                self.account,
                name,
                new=not stands,
                ImportExistingResources=True,
                **self._arguments(name, template),
            )
        except DeployError as error:
            if not self.dry or "No export named" not in str(error):
                raise
            # What it imports comes with stacks that a deployment would have made by now.
            self.say(f"stack {name}: to be seen when the stacks before it stand")
            return False
        done = self._apply(proposal, name)
        if done and not self.dry and self.stage in PROTECTED:
            stacks.protect(self.account, name)
        return done

    def _propose(self, name: str, template: Template) -> stacks.Proposal | None:
        return stacks.propose(self.account, name, new=False, **self._arguments(name, template))

    def resources(self, names: list[str]) -> bool:
        """The topics, and the resources of some domains."""
        for domain, path in shared_and_own().items():
            if domain not in SHARED and domain not in names:
                continue
            template = with_names(load_template(path), self.stage, self.account)
            template = with_protection(with_alarms(template, self.stage), self.stage)
            if not self.apply(stack_name(domain, self.stage), template):
                if self.dry:
                    continue
                return False
            if self.account.emulated and not self.dry:
                complete_tables(template, stage=self.stage)
        return True

    def apps(self, built: dict[str, Path]) -> bool:
        """The apps of some domains, from their packaged templates."""
        for domain, bundle in built.items():
            template = packaged(self.account, self.bucket, bundle.with_name(TEMPLATE))
            if not self.apply(app_stack(domain, self.stage), template) and not self.dry:
                return False
        return True


def deploy(
    account: Account,
    stage: str,
    names: list[str],
    *,
    confirm: Confirm | None = None,
    dry: bool = False,
    architecture: str | None = None,
    out: Path | None = None,
    say: stacks.Say = print,
) -> bool:
    """Deploy some domains; False when a change was declined.

    Bundles are built first: what cannot be built changes nothing.

    Raises:
        DeployError, PackageError: see the message.
    """
    for domain in names:
        refuse_second_owner(account, domain, stage)
    apps = {domain: app_stack(domain, stage) for domain in names}
    refuse_loopback(account, list(apps.values()))
    refuse_missing_contacts(account, apps)
    say(f"packaging {', '.join(names)}")
    built = package_all(names, stage, out or ROOT / "build" / stage, architecture=architecture)
    run = Deployment(account, stage, confirm=confirm, dry=dry, say=say)
    return run.resources(names) and run.apps(built)


def _command(options: argparse.Namespace, account: Account, names: list[str]) -> bool:
    confirm = None if options.yes else ask
    if options.command == "status":
        print("\n".join(report(account, options.stage, names)))
        return True
    if options.command == "destroy":
        whole = options.domain is None
        return destroy(account, options.stage, names, whole=whole, confirm=confirm)
    refuse_unnumbered_region(account)
    if options.command == "provision":
        return Deployment(account, options.stage, confirm=confirm).resources(names)
    if options.command == "finish":
        from scripts.deploy.finish import finish

        refuse_loopback(account, names)
        refuse_missing_contacts(account, {domain: domain for domain in names})
        for domain in names:
            finish(account, options.stage, domain)
        return True
    done = deploy(
        account,
        options.stage,
        names,
        confirm=confirm,
        dry=options.command == "diff",
        # An emulator runs functions on the machine it is on.
        architecture=options.architecture or ("host" if account.emulated else None),
    )
    if done and options.command == "deploy":
        print("\n".join(report(account, options.stage, names)))
    return done


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = ("deploy", "diff", "status", "destroy", "provision", "finish")
    parser.add_argument("command", choices=commands)
    parser.add_argument("--stage", default=os.environ.get("STAGE") or "dev")
    parser.add_argument("--domain", choices=domains())
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--architecture", choices=("arm64", "x86_64", "host"))
    options = parser.parse_args()
    names = [options.domain] if options.domain else [d for d in templates() if d in domains()]
    try:
        account = connect()
        print(f"stage {options.stage}, {account}")
        done = _command(options, account, names)
    except (DeployError, PackageError) as error:
        print(error, file=sys.stderr)
        return 1
    except (BotoCoreError, ClientError) as error:
        print(in_words(error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted; run the command again to go on", file=sys.stderr)
        return 130
    return 0 if done or options.command == "diff" else 1


if __name__ == "__main__":
    sys.exit(main())
