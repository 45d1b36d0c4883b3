"""Quick parser of DynamoDB's attribute values.

Botocore walks every attribute value as a structure of ten possible members. A
home page has two thousand of them, and their walk was more than half of the
page's CPU (boto/boto3#2928). JSON already has the shape that botocore gives
them; only binary values need work. Everything else is left to botocore's parser.
"""

from typing import Any

from botocore.parsers import JSONParser, ResponseParserFactory

Node = dict[str, Any]


class AttributeValueParser(JSONParser):
    """Botocore's JSON parser with a short cut for attribute values."""

    def _handle_structure(self, shape: Any, value: Any) -> Any:
        if value and shape.name == "AttributeValue":
            return self._attribute(value)
        return super()._handle_structure(shape, value)

    def _handle_map(self, shape: Any, value: Any) -> Any:
        if shape.value.name == "AttributeValue":
            return {name: self._attribute(member) for name, member in value.items()}
        return super()._handle_map(shape, value)

    def _attribute(self, value: Node) -> Node:
        if "S" in value or "N" in value:
            return value
        ((kind, held),) = value.items()
        match kind:
            case "M":
                return {kind: {name: self._attribute(member) for name, member in held.items()}}
            case "L":
                return {kind: [self._attribute(member) for member in held]}
            case "B":
                return {kind: self._blob_parser(held)}
            case "BS":
                return {kind: [self._blob_parser(member) for member in held]}
        return value


class ParserFactory(ResponseParserFactory):
    """Factory of parsers, a session's ``response_parser_factory``."""

    def create_parser(self, protocol_name: str) -> Any:
        """Return a parser for one answer."""
        if protocol_name == "json":
            return AttributeValueParser(**self._defaults)
        return super().create_parser(protocol_name)
