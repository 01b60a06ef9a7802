"""The page about the API, from the OpenAPI document that programs read: what to send, and a call that can be copied."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from datadam.web.text import Text

Document = Mapping[str, Any]
PLACES = {"path": Text("주소", "address"), "query": Text("질의", "query"), "body": Text("본문", "body")}
KINDS = {
    "string": Text("글자", "text"),
    "integer": Text("정수", "whole number"),
    "number": Text("수", "number"),
    "boolean": Text("참/거짓", "true or false"),
    "array": Text("목록", "list"),
    "object": Text("묶음", "object"),
    "binary": Text("파일", "file"),
}
EXAMPLES = {"integer": "1", "number": "1", "boolean": "true", "array": "[]", "object": "{}", "binary": "@data.csv"}
GROUPS = {"": Text("나", "You"), "catalog": Text("데이터", "Data")}


@dataclass(frozen=True)
class Field:
    """One thing to send; `example` is its value in the copied call, "" to leave it out."""

    name: str
    place: str
    kind: str
    required: bool
    default: str

    @property
    def place_words(self) -> Text:
        return PLACES.get(self.place, Text(self.place, self.place))

    @property
    def kind_words(self) -> Text:
        return KINDS.get(self.kind, Text(self.kind, self.kind))

    @property
    def example(self) -> str:
        return EXAMPLES.get(self.kind, "…")


@dataclass(frozen=True)
class Operation:
    """A method on a path. `open` says that nobody needs to sign in."""

    key: str
    method: str
    path: str
    title: Text
    description: str
    open: bool
    multipart: bool
    fields: tuple[Field, ...]
    answers: tuple[str, ...]
    call: str


@dataclass(frozen=True)
class Group:
    key: str
    label: Text
    operations: tuple[Operation, ...]


def groups(document: Document, base_url: str) -> list[Group]:
    """The operations by their tag, in the order of the document."""
    found: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method, facts in methods.items():
            tag = (facts.get("tags") or [""])[0]
            found.setdefault(tag, []).append(_operation(document, base_url, path, method, facts))
    return [Group(tag or "me", GROUPS.get(tag, Text(tag, tag)), tuple(items)) for tag, items in found.items()]


def _operation(document: Document, base_url: str, path: str, method: str, facts: Document) -> Operation:
    content = facts.get("requestBody", {}).get("content", {})
    multipart = "multipart/form-data" in content
    fields = (*_parameters(facts), *(f for body in content.values() for f in _body(document, body["schema"])))
    is_open = {} in facts.get("security", [{}])
    return Operation(
        key=facts["operationId"],
        method=method.upper(),
        path=path,
        title=Text(facts.get("x-summary-ko") or facts["summary"], facts["summary"]),
        description=facts.get("description", ""),
        open=is_open,
        multipart=multipart,
        fields=fields,
        answers=tuple(sorted(str(code) for code in facts.get("responses", {}))),
        call=_call(base_url, path, method.upper(), fields, multipart=multipart, is_open=is_open),
    )


def _parameters(facts: Document) -> Iterator[Field]:
    for given in facts.get("parameters", []):
        yield _field(given["name"], given["in"], given["schema"], required=bool(given.get("required")))


def _body(document: Document, schema: Document) -> Iterator[Field]:
    schema = _resolved(document, schema)
    required = schema.get("required", [])
    for name, property_ in schema.get("properties", {}).items():
        yield _field(name, "body", _resolved(document, property_), required=name in required)


def _resolved(document: Document, schema: Document) -> Document:
    """The schema itself where `$ref` names one of the document's."""
    reference = schema.get("$ref", "")
    return document["components"]["schemas"][reference.rpartition("/")[2]] if reference else schema


def _field(name: str, place: str, schema: Document, *, required: bool) -> Field:
    choices = [choice for choice in schema.get("anyOf", [schema]) if choice.get("type") != "null"]
    chosen = choices[0] if choices else {}
    kind = "binary" if chosen.get("format") == "binary" else chosen.get("type", "object")
    default = schema.get("default")
    return Field(name, place, kind, required, "" if default in (None, "", []) else str(default).lower())


def _call(base_url: str, path: str, method: str, fields: tuple[Field, ...], *, multipart: bool, is_open: bool) -> str:
    """The call as a line of curl, with the fields that cannot be left out."""
    needed = [field for field in fields if field.required or field.kind == "binary"]
    asked = urlencode({field.name: field.example for field in needed if field.place == "query"}, safe="…")
    parts = ["curl"] if method == "GET" else [f"curl -X {method}"]
    if not is_open:
        parts.append("-H 'Authorization: Bearer ddm_…'")
    body = [field for field in needed if field.place == "body"]
    if multipart:
        parts += [f"-F '{field.name}={field.example}'" for field in body]
    elif any(field.place == "body" for field in fields):
        body = body or [field for field in fields if field.place == "body"][:1]
        parts += ["-H 'Content-Type: application/json'", f"-d '{_json(body)}'"]
    address = f"{base_url}{path}" + (f"?{asked}" if asked else "")
    return " \\\n  ".join([*parts, f"'{address}'"])


def _json(fields: list[Field]) -> str:
    shown = {field.name: field.example if field.kind in EXAMPLES else f'"{field.example}"' for field in fields}
    return "{" + ", ".join(f'"{name}": {value}' for name, value in shown.items()) + "}"
