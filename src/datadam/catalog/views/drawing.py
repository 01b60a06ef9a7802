"""Drawing a table by hand on the raw cells of a file, and what a single proposal changes, before and after."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from datadam.catalog import recipe_shapes, recipe_text, selectors, words
from datadam.catalog.recipe_shapes import column_number, letters
from datadam.catalog.services import drawing as services
from datadam.catalog.views import drawn
from datadam.core.context import actor_of
from datadam.core.errors import DomainError, Invalid
from datadam.web.text import Text

DELIMITERS = (
    ("", Text("알아서", "Detected")), (",", Text("쉼표 ,", "Comma ,")), ("\t", Text("탭", "Tab")),
    (";", Text("쌍반점 ;", "Semicolon ;")), ("|", Text("세로줄 |", "Bar |")),
)  # fmt: skip
PARTINGS = 3  # empty lines offered for splits and for merges
NUMBERS = ("header_from", "header_to", "data", "end", "cut")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def draw(request: HttpRequest, pk: int, at: int) -> HttpResponse:
    """The raw cells with the form; POST shows what would be read, or has it read."""
    actor = actor_of(request)
    assert actor is not None
    found = services.look(actor=actor, upload=selectors.upload_for(actor, pk), at=at)
    form = _Form(request.POST.dict()) if request.method == "POST" else _Form.of(found.steps)
    page = _Page(found, form)
    page.look()
    if request.method == "POST":
        page.try_out()
        if request.POST.get("then") == "save" and page.steps and not page.error:
            try:
                job = services.save(actor=actor, found=found, steps=page.steps)
                return redirect(f"{reverse('upload', args=[pk])}" + (f"?job={job.pk}" if job else ""))
            except Invalid as refusal:
                page.error = refusal
    whole = not request.headers.get("HX-Request")
    context = page.context() | {"at": at, "upload": found.upload}
    return render(request, "catalog/draw.html", context, status=422 if page.error and whole else 200)


class _Page:
    """What the page shows: the raw cells, and how they would be read."""

    def __init__(self, found: services.Place, form: "_Form") -> None:
        self.found, self.form = found, form
        self.raw: Any = None
        self.tried: Any = None
        self.steps: list[Any] = []
        self.error: DomainError | None = None

    def look(self) -> None:
        form = self.form
        sheet = self.found.table if services.own_sheet(self.found) else form.given("sheet")
        try:
            self.raw = services.raw(
                found=self.found,
                sheet=sheet,
                encoding=form.given("encoding"),
                delimiter=form.values.get("delimiter", ""),
            )
        except Invalid as refusal:
            self.error = refusal
            return
        if not form.values:
            form.values = _guess(self.raw)

    def try_out(self) -> None:
        try:
            table = self.form.table(self.raw.sheets if self.raw else [], self.found)
            steps = [services.worded(found=self.found, step=table)] if table else []
            self.steps = services.redrawn(self.found, [*steps, *self.form.partings()])
            self.tried = services.try_out(found=self.found, steps=self.steps)
        except Invalid as refusal:
            self.error = self.error or refusal

    def context(self) -> dict[str, Any]:
        form, raw = self.form, self.raw
        return {
            "form": form.values,
            "raw": raw,
            "sheets": [] if services.own_sheet(self.found) or raw is None else raw.sheets,
            "sheet": raw.sheet if raw else "",
            "encodings": [(name, words.encoding(name)) for name in recipe_shapes.ENCODINGS],
            "delimiters": DELIMITERS,
            "grid": _grid(raw, form) if raw else None,
            "partings": form.rows(),
            "tried": _tried(self.tried) if self.tried else None,
            "header": self.tried.header if self.tried else [],
            "error": self.error.message if self.error else None,
            "lines": recipe_text.compared(self.found.steps, self.steps) if self.steps else [],
            "dataset": self.found.dataset,
        }


@dataclass
class _Form:
    """The fields as they were sent, or as the recipe says."""

    values: dict[str, str]

    @classmethod
    def of(cls, steps: list[Any]) -> "_Form":
        """The fields that would make the recipe's steps."""
        table = next((step for step in steps if step["code"] == "table"), None)
        partings = [step for step in steps if step["code"] in ("split", "merge")]
        values = _values(table) if table else {}
        for code in ("split", "merge"):
            for at, step in enumerate(each for each in partings if each["code"] == code):
                values |= _parting(code, at, step)
        return cls(values)

    def given(self, name: str) -> str:
        return self.values.get(name, "").strip()

    def number(self, name: str, words_: Text) -> int:
        text = self.given(name)
        if not text:
            return 0
        if not (text.isascii() and text.isdecimal() and len(text) < 9):
            raise Invalid(Text(f"{words_.ko}에는 숫자를 쓰십시오.", f"{words_.en}: give a number."))
        return int(text)

    def table(self, sheets: list[str], found: services.Place) -> dict[str, Any]:
        """The table step that the fields ask for; empty when they ask for none."""
        own = found.table if services.own_sheet(found) and found.table in sheets else ""
        sheet = own or (self.given("sheet") if len(sheets) > 1 else "")
        step: dict[str, Any] = {
            "sheet": sheet, "encoding": self.given("encoding"), "delimiter": self.values.get("delimiter", ""),
        }  # fmt: skip
        if self.given("by_hand"):
            step |= self._laid_out()
        step = {key: value for key, value in step.items() if value not in ("", 0, [], None)}
        asked = step if self.given("by_hand") or set(step) - {"sheet"} or not own else {}
        return {"code": "table", "applied": True, **asked} if asked else {}

    def _laid_out(self) -> dict[str, Any]:
        first = self.number("header_from", Text("머리글 첫 행", "First header row"))
        last = self.number("header_to", Text("머리글 끝 행", "Last header row")) or first
        data = self.number("data", Text("자료 첫 행", "First row of data")) or (last + 1 if last else 1)
        return {
            "header": [first, last] if first else None,
            "data": data,
            "end": self.number("end", Text("자료 끝 행", "Last row of data")),
            "columns": self._columns(),
            "omit": [[row, ""] for row in self._omitted()],
            "cut": self.number("cut", Text("끝에서 떼는 줄", "Rows cut at the end")),
            **({} if self.given("merged") else {"merged": False}),
        }

    def _columns(self) -> list[int] | None:
        first, last = self.given("column_from"), self.given("column_to")
        if not first and not last:
            return None
        pair = [column_number(first or "1"), column_number(last or str(recipe_shapes.COLUMNS))]
        if not all(pair):
            raise Invalid(Text("열은 B나 2처럼 씁니다.", "Columns are written as B or 2."))
        return pair

    def _omitted(self) -> list[int]:
        parts = [part.strip() for part in self.given("omit").split(",") if part.strip()]
        rows: list[int] = []
        for part in parts:
            first, _, last = part.partition("-")
            if not all(each.isascii() and each.isdecimal() and len(each) < 9 for each in (first, last or "1")):
                raise Invalid(Text("뺄 행은 6, 9-11처럼 씁니다.", "Rows to leave out are written as 6, 9-11."))
            rows += range(int(first), min(int(last or first), int(first) + recipe_shapes.LISTED) + 1)
        return sorted(set(rows))

    def partings(self) -> list[dict[str, Any]]:
        """The splits and merges that the fields ask for."""
        made: list[dict[str, Any]] = []
        for at in range(PARTINGS):
            column, by = self.given(f"split_column_{at}"), self.values.get(f"split_by_{at}", "")
            how = "pattern" if self.given(f"split_how_{at}") == "pattern" else "by"
            if column:
                into = _named(self.given(f"split_into_{at}"))
                made.append({"code": "split", "column": column, how: by, "into": into, "applied": True})
        for at in range(PARTINGS):
            columns, with_ = _named(self.given(f"merge_columns_{at}")), self.values.get(f"merge_with_{at}", "")
            if columns:
                to = self.given(f"merge_to_{at}")
                made.append({"code": "merge", "columns": columns, "with": with_, "to": to, "applied": True})
        return made

    def rows(self) -> list[dict[str, Any]]:
        names = ("split_column", "split_how", "split_by", "split_into", "merge_columns", "merge_with", "merge_to")
        return [{"at": at, **{name: self.values.get(f"{name}_{at}", "") for name in names}} for at in range(PARTINGS)]


def _named(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _values(step: dict[str, Any]) -> dict[str, str]:
    header, columns = step.get("header"), step.get("columns")
    facts = {
        "by_hand": "on" if header or step.get("data") else "",
        "sheet": step.get("sheet"), "encoding": step.get("encoding"), "delimiter": step.get("delimiter"),
        "header_from": header and header[0], "header_to": header and header[1],
        "data": step.get("data"), "end": step.get("end"), "cut": step.get("cut"),
        "column_from": columns and letters(columns[0]), "column_to": columns and letters(columns[1]),
        "omit": ", ".join(str(row) for row, _ in step.get("omit", ())),
        "merged": "on" if step.get("merged", True) else "",
    }  # fmt: skip
    return {key: str(value) if value else "" for key, value in facts.items()}


def _parting(code: str, at: int, step: dict[str, Any]) -> dict[str, str]:
    if code == "split":
        how = "pattern" if "pattern" in step else "by"
        facts = {"column": step["column"], "how": how, "by": step[how], "into": ", ".join(step["into"])}
    else:
        facts = {"columns": ", ".join(step["columns"]), "with": step["with"], "to": step["to"]}
    return {f"{code}_{name}_{at}": value for name, value in facts.items()}


def _guess(raw: Any) -> dict[str, str]:
    """Where the form begins: the fullest of the first rows as the header."""
    filled = [(sum(map(bool, line.cells)), line.number) for line in raw.top[:30]]
    most = max((count for count, _ in filled), default=0)
    row = next((number for count, number in filled if count >= max(1, 0.8 * most)), 1)
    return {"by_hand": "on", "header_from": str(row), "header_to": str(row), "merged": "on"}


def _grid(raw: Any, form: _Form) -> dict[str, Any]:
    """The raw cells, each row with what the form makes of it."""
    try:
        laid = form._laid_out() if form.given("by_hand") else {}
    except Invalid:
        laid = {}
    width = max((len(line.cells) for line in (*raw.top, *raw.bottom)), default=0)
    first, last = laid.get("columns") or (1, recipe_shapes.COLUMNS)
    columns = [raw.first_column + at for at in range(width)]
    inside = [first <= column <= last for column in columns]
    lines = [
        [(line, _kind(line, raw, laid), [*line.cells, *[""] * (width - len(line.cells))]) for line in part]
        for part in (raw.top, raw.bottom)
    ]
    return {
        "columns": [(letters(column), own) for column, own in zip(columns, inside, strict=True)],
        "top": [(line.number, kind, list(zip(cells, inside, strict=True))) for line, kind, cells in lines[0]],
        "bottom": [(line.number, kind, list(zip(cells, inside, strict=True))) for line, kind, cells in lines[1]],
        "more": raw.columns - raw.first_column + 1 - width,
        "gap": bool(raw.bottom) and (raw.bottom[0].number < 0 or raw.bottom[0].number > raw.top[-1].number + 1),
    }


def _kind(line: Any, raw: Any, laid: dict[str, Any]) -> str:
    """header, out or data: what becomes of a row; '' when nothing is drawn."""
    if not laid:
        return ""
    header, cut = laid["header"], laid["cut"]
    filled = [each.number for each in (*raw.top, *raw.bottom) if any(each.cells)]
    if cut and line.number in filled[-cut:]:
        return "out"
    if 0 < line.number < laid["data"]:
        return "header" if header and header[0] <= line.number <= header[1] else "out"
    left_out = [row for row, _ in laid["omit"]]
    beyond = laid["end"] and line.number > laid["end"]
    return "out" if line.number in left_out or beyond else "data"


def _tried(tried: Any) -> dict[str, Any]:
    columns = [{"name": column.name, "type": column.type} for column in tried.columns]
    return {
        "columns": [{**column, "number": column["type"] in drawn.NUMERIC} for column in columns],
        "rows": drawn.table(columns, tried.rows),
        "failed": sorted(tried.failed.items()),
        "bad": [(words.reason(code)[0], count) for code, count in tried.bad.items()],
        "sampled": tried.sampled,
        "aside": [(words.reason(code)[0], count) for code, count in tried.set_aside.items()],
        "findings": [(words.finding(finding.code), finding.column) for finding in tried.findings],
    }


# Before and after one proposal


@login_required
@require_safe
def compare(request: HttpRequest, pk: int, at: int) -> HttpResponse:
    """The first rows that one proposal changes, without it and with it: a part of the page, or a page of its own."""
    actor = actor_of(request)
    key = request.GET.get("step", "")
    found = services.look(actor=actor, upload=selectors.upload_for(actor, pk), at=at)
    before, after = services.before_and_after(found=found, key=key)
    code, _, column = key.partition(":")
    context = {
        "upload": found.upload,
        "words": words.proposal(code),
        "column": column,
        "sides": [_side(Text("하지 않으면", "Without it"), before), _side(Text("하면", "With it"), after)],
        "same": not before.changed and not after.changed and not before.refusal and not after.refusal,
    }
    return render(request, "catalog/compare.html", context)


def _side(label: Text, side: Any) -> dict[str, Any]:
    columns = [{"name": column.name, "type": column.type, "unit": column.unit} for column in side.columns]
    rows = drawn.table(columns, [row for _, row in side.rows])
    lines = [line for line, _ in side.rows]
    shown: list[Any] = [(line, line in side.changed, row) for line, row in zip(lines, rows, strict=True)]
    shown += [(line, True, None) for line in side.gone]
    refusal = side.refusal
    return {
        "label": label,
        "columns": [{**column, "number": column["type"] in drawn.NUMERIC} for column in columns],
        "rows": sorted(shown, key=lambda row: row[0]),
        "refusal": Text(refusal.ko, refusal.en) if refusal else None,
    }
