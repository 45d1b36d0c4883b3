"""Read and write CloudFormation templates as plain data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from yaml.cyaml import CSafeDumper, CSafeLoader


class _Loader(CSafeLoader):
    """Reads CloudFormation's short tags (``!Ref``, ``!Sub`` …)."""


def _intrinsic(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    return {"Ref" if suffix == "Ref" else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _intrinsic)


def load_template(path: Path) -> dict[str, Any]:
    """A CloudFormation template as plain data, short tags spelled out."""
    data = yaml.load(path.read_text(), Loader=_Loader)  # noqa: S506 (a SafeLoader)
    return data if isinstance(data, dict) else {}


class _Dumper(CSafeDumper):
    """Writes what occurs twice twice: CloudFormation takes no aliases."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def dump_template(template: dict[str, Any]) -> str:
    """The text of a template."""
    return str(yaml.dump(template, Dumper=_Dumper, width=100))
