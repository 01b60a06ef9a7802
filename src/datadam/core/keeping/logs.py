"""What is written to standard error: lines or JSON, with the id of the request or job, and nothing of anybody's.

An error's message may hold what somebody typed, so only the messages of faults in machines are kept (a full disk, a
locked database); of every other error its type and its places in the code are told. What looks personal is struck out
of everything else.
"""

import contextlib
import json
import logging
import re
import time
import traceback
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from datadam.lake.hiding import hidden

facts: ContextVar[dict[str, Any] | None] = ContextVar("datadam_log_facts", default=None)

# Wider than `hidden`, which keeps some of every number and all of one whose date or check digit is wrong.
PATTERNS = (
    (re.compile(r"ddm_[A-Za-z0-9_\-]+"), "[token]"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=\-]+"), "[token]"),
    (re.compile(r"(?i)\b(service_?key|api_?key|auth_?key|token|password|secret)=[^\s&\"']+"), r"\1=[secret]"),
    (re.compile(r"://[^/\s:@]+:[^/\s@]+@"), "://[secret]@"),
    (re.compile(r"[\w.+\-]+@[\w\-]+(\.[\w\-]+)+"), "[e-mail]"),
    (re.compile(r"(?<!\d)\d{6}[-\s]?[1-8]\d{6}(?!\d)"), "[number]"),  # resident registration number
    (re.compile(r"(?<!\d)(?:\d{4}[-\s]?){3}\d{3,4}(?!\d)"), "[number]"),  # payment card
    (re.compile(r"(?<!\d)\+?(?:82[-\s]?)?0?1[016789][-.\s]?\d{3,4}[-.\s]?\d{4}(?!\d)"), "[phone]"),
    (re.compile(r"(?<!\d)0\d{1,2}[-.\s]\d{3,4}[-.\s]\d{4}(?!\d)"), "[phone]"),
)
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|\([^()]*\)")
STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "request", "status_code"}


def scrub(text: str) -> str:
    """The text without e-mail addresses, telephone, registration and card numbers, tokens and keys."""
    for pattern, instead in PATTERNS:
        text = pattern.sub(instead, text)
    return hidden(text)


@contextlib.contextmanager
def about(**told: Any) -> Iterator[None]:
    """Everything logged within the block carries these facts: `request_id`, or `job` and `task`."""
    mark = facts.set({**(facts.get() or {}), **told})
    try:
        yield
    finally:
        facts.reset(mark)


def route_of(request: Any) -> str:
    """The pattern of the address asked for, never the address itself; `-` for one that leads nowhere."""
    match = getattr(request, "resolver_match", None)
    return (match.view_name or match.route or "-") if match else "-"


def message_of(record: logging.LogRecord) -> str:
    """The record's sentence; an address in what Django says of a request gives way to its pattern."""
    request = getattr(record, "request", None)
    if request is not None and isinstance(record.args, tuple):
        kept = [arg for arg in record.args if not isinstance(arg, str)]
        reason = str(record.args[0]) if kept == [] and len(record.args) > 1 else record.levelname.lower()
        return scrub(f"{reason if reason.isascii() else ''} {route_of(request)}".strip())
    return scrub(record.getMessage())


def told(error: BaseException) -> str:
    """An error as a log may tell it."""
    name = type(error).__name__
    if isinstance(error, OSError):
        return f"{name}: {error.strerror or ''}".rstrip(": ")
    if name == "OperationalError":  # the database: locked, gone, full
        first = (str(error).splitlines() or [""])[0]
        return f"{name}: {scrub(QUOTED.sub('…', first))}"
    code = getattr(error, "code", None)
    return f"{name}: {code}" if isinstance(code, str) and code.isidentifier() else name


def trace(error: BaseException) -> str:
    """Where an error and those that led to it were raised, without their messages."""
    parts: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        frames = traceback.extract_tb(current.__traceback__)[-25:]
        parts.append("\n".join([told(current), *(f"  {at.filename}:{at.lineno} {at.name}" for at in frames)]))
        current = current.__cause__ or current.__context__
    return "\n".join(parts)


def collect(record: logging.LogRecord) -> dict[str, Any]:
    """The record as one flat object."""
    extra = {key: value for key, value in vars(record).items() if key not in STANDARD}
    line: dict[str, Any] = {"level": record.levelname.lower(), "logger": record.name, "message": message_of(record)}
    line |= facts.get() or {}
    line |= {key: value if isinstance(value, int | float | bool) else scrub(str(value)) for key, value in extra.items()}
    if record.exc_info and record.exc_info[1]:
        line["error"] = trace(record.exc_info[1])
    return line


class JsonFormatter(logging.Formatter):
    """One JSON object a line, its time in UTC."""

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        at = self.formatTime(record, "%Y-%m-%dT%H:%M:%S") + f".{int(record.msecs):03d}Z"
        return json.dumps({"time": at, **collect(record)}, ensure_ascii=False, default=str)


class LineFormatter(logging.Formatter):
    """For a terminal: time, level, logger, sentence, then what else is known."""

    def format(self, record: logging.LogRecord) -> str:
        line = collect(record)
        head = f"{self.formatTime(record)} {line.pop('level').upper()} {line.pop('logger')} {line.pop('message')}"
        error = line.pop("error", "")
        rest = " ".join(f"{key}={value}" for key, value in line.items())
        return head + (f" [{rest}]" if rest else "") + (f"\n{error}" if error else "")
