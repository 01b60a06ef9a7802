"""What every command of every room shares: `--as`, `--json`, opening the home, refusals and exit codes.

Exit codes: 0 done, 1 refused by a rule, 2 wrong usage. No Django import here at module level: a command's module
is imported before Django is set up, so it too imports Django things inside its function.
"""

import functools
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import click

from datadam.core import home

DRAFT = "https://json-schema.org/draft/2020-12/schema"
REFUSALS = ("usage", "refused", "not_found", "not_allowed", "conflict", "invalid", "needs_upgrade", "too_new")


@dataclass(frozen=True)
class Outcome:
    """A command's report. `refused` ends it with exit code 1 although the report itself is whole."""

    data: Any
    refused: bool = False


class Verb(click.Command):
    """A click command that knows the JSON Schema of its `--json` output."""

    report: dict[str, Any]
    refusals: tuple[str, ...]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """With --json, a line that cannot be understood is told as JSON too, before it ends with 2."""
        with usage_told(args):
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """As above, for values that only the command itself can judge."""
        with usage_told(["--json"] if ctx.params.get("as_json") else []):
            return super().invoke(ctx)

    def schema(self) -> dict[str, Any]:
        """The schema of what `--json` prints: the report, or an error with one of the known codes."""
        one_of = [self.report, obj({"error": _error_schema(self.refusals)})]
        return {"$schema": DRAFT, "title": f"datadam {self.name} --json", "oneOf": one_of}


@contextmanager
def usage_told(args: Iterable[str]) -> Iterator[None]:
    """Put wrong usage on standard output as an error object when `args` ask for JSON; click goes on to say it."""
    asked = "--json" in args
    try:
        yield
    except click.UsageError as error:
        if asked:
            click.echo(json_text({"error": {"code": "usage", "message": error.format_message(), "data": {}}}))
        raise


def obj(properties: dict[str, Any], *, optional: Iterable[str] = ()) -> dict[str, Any]:
    """JSON Schema of an object with exactly these properties."""
    required = [name for name in properties if name not in set(optional)]
    return {"type": "object", "additionalProperties": False, "required": required, "properties": properties}


def array(items: dict[str, Any]) -> dict[str, Any]:
    """JSON Schema of a list."""
    return {"type": "array", "items": items}


def enum(*codes: str) -> dict[str, Any]:
    """JSON Schema of one of these codes."""
    return {"type": "string", "enum": list(codes)}


def _error_schema(refusals: tuple[str, ...]) -> dict[str, Any]:
    codes = enum(*dict.fromkeys((*REFUSALS, *refusals)))
    return obj({"code": codes, "message": {"type": "string"}, "data": {"type": "object"}})


def verb(
    name: str,
    *,
    schema: dict[str, Any],
    refusals: Iterable[str] = (),
    render: Callable[[Any], str | None] | None = None,
    opens_home: bool = True,
) -> Callable[[Callable[..., Any]], Verb]:
    """Make `f(*, actor, **options)` the command `name`; put it above the click options.

    The function returns its report (JSON-able), or an Outcome. `refusals` are the error codes that it may end with
    beyond REFUSALS. `render` turns the report into text for people;
    without it the report's values are listed. With `opens_home=False` there is no database and actor is None.
    """

    def decorate(function: Callable[..., Any]) -> Verb:
        @functools.wraps(function)
        def command(as_login: str | None = None, as_json: bool = False, **options: Any) -> None:
            _call(lambda: function(actor=_actor(as_login) if opens_home else None, **options), render, as_json)

        command = click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")(command)
        if opens_home:
            command = click.option("--as", "as_login", metavar="USER", help="Act as this user.")(command)
        made = click.command(name, cls=Verb)(command)
        made.report, made.refusals = schema, tuple(refusals)
        return made

    return decorate


def _actor(login: str | None) -> Any:
    home.open_home()
    from datadam.core import selectors

    return selectors.person(login) if login else selectors.local_operator()


def _call(function: Callable[[], Any], render: Callable[[Any], str | None] | None, as_json: bool) -> None:
    try:
        returned = function()
    except click.ClickException:
        raise
    except Exception as error:
        refusal = refusal_of(error)
        if refusal is None:
            raise
        _print_refusal(refusal, as_json)
        sys.exit(1)
    outcome = returned if isinstance(returned, Outcome) else Outcome(returned)
    if as_json:
        click.echo(json_text(outcome.data))
    else:
        text = render(outcome.data) if render else plain(outcome.data)
        if text:
            click.echo(text)
    if outcome.refused:
        sys.exit(1)


def refusal_of(error: Exception) -> dict[str, Any] | None:
    """{"code", "message", "data"} of a DomainError, or of a refusal of the lake or sandbox; None for a fault."""
    code, message = getattr(error, "code", None), getattr(error, "message", None)
    if message is None and hasattr(error, "ko") and hasattr(error, "en"):
        from datadam.web.text import Text

        message = Text(error.ko, error.en)
    if not isinstance(code, str) or not (hasattr(message, "ko") and hasattr(message, "en")):
        return None
    return {"code": code, "message": str(message), "data": getattr(error, "data", {})}


def _print_refusal(refusal: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json_text({"error": refusal}))
    else:
        click.echo(f"{refusal['message']} [{refusal['code']}]", err=True)


def json_text(data: Any) -> str:
    """JSON as every command prints it."""
    return json.dumps(data, ensure_ascii=False, indent=2, default=str)


def plain(data: Any, indent: str = "") -> str:
    """A report as indented `name: value` lines."""
    if isinstance(data, dict):
        return "\n".join(_line(str(key), value, indent) for key, value in data.items())
    if isinstance(data, list):
        return "\n".join(_line("-", value, indent) for value in data)
    return f"{indent}{data}"


def _line(key: str, value: Any, indent: str) -> str:
    if isinstance(value, dict | list) and value:
        return f"{indent}{key}:\n{plain(value, indent + '  ')}" if key != "-" else plain(value, indent + "  ")
    return f"{indent}{key}{'' if key == '-' else ':'} {value}"
