"""What was understood of an upload: each table of the file with its columns, account, proposals and next step."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from datadam.catalog import departures, policies, recipe_text, recipes, rule_shapes, selectors, words
from datadam.catalog.services import arriving, drawing, releases, rules
from datadam.catalog.views import drawn
from datadam.catalog.views import findings as deciding
from datadam.catalog.views import recipes as correcting
from datadam.catalog.workflow import RELEASE
from datadam.core.errors import NotFound
from datadam.core.public import Actor
from datadam.web.text import Text

WAITING = Text("차례를 기다리는 중", "Waiting its turn")
WORKING = Text("읽는 중", "Reading")
BROKEN = Text("읽다가 오류가 났습니다.", "Something went wrong while reading.")
GONE = Text("이 표는 버렸습니다.", "This table was discarded.")
FIRST_ROWS = 8


def page(actor: Actor | None, upload: Any, job: Any) -> dict[str, Any]:
    """The context of the upload's page: at work, failed, or its tables."""
    running = job is not None and job.state in ("ready", "running")
    tables = [] if running else [_table(actor, upload, at, stored) for at, stored in enumerate(upload.report)]
    return {
        "upload": upload,
        "running": running,
        "job": job,
        "progress": _progress(job) if running else None,
        "failure": None if running else _failure(upload, job),
        "draw_href": tables[0]["draw_href"] if len(tables) == 1 else "",
        "tables": tables,
        "coming": _coming(actor, upload),
        "may_discard": not running
        and (upload.state in ("arriving", "read") or (upload.state == "refused" and bool(upload.staged)))
        and policies.may_upload(actor, upload.organisation)
        and not any(table["release_state"] in ("published", "held") for table in tables),
    }


def _coming(actor: Actor | None, upload: Any) -> dict[str, int] | None:
    """Of a file that comes in pieces: bytes that have come, and their share in percent."""
    if upload.state != "arriving" or actor is None:
        return None
    came = arriving.arrived(actor=actor, upload=upload)
    return {"came": came, "share": 100 * came // max(upload.size, 1)}


def _progress(job: Any) -> dict[str, Any]:
    message = job.message or {}
    told = Text(message["ko"], message["en"]) if "ko" in message else WORKING
    ready = job.state == "ready"
    return {"percent": round(100 * job.progress), "message": WAITING if ready else told, "waiting": ready}


def _failure(upload: Any, job: Any) -> Text | None:
    """Why nothing came of it: the job's error, or the one refusal."""
    if job is not None and job.state == "failed":
        error = job.error or {}
        return Text(error.get("ko") or BROKEN.ko, error.get("en") or BROKEN.en)
    if upload.state == "discarded":
        return Text("이 파일은 버렸습니다.", "This upload was discarded.")
    refused = [_message(stored) for stored in upload.report]
    return refused[0] or BROKEN if upload.state == "refused" and len(refused) == 1 else None


def _message(stored: Mapping[str, Any]) -> Text | None:
    if stored.get("message_ko"):
        return Text(stored["message_ko"], stored.get("message_en") or stored["message_ko"])
    reason = stored.get("reason")
    return words.reason(reason)[0] if reason else None


def _table(actor: Actor | None, upload: Any, at: int, stored: Mapping[str, Any]) -> dict[str, Any]:
    dataset, release = _stored(actor, upload, stored)
    report = release.report if release and stored["status"] != "unchanged" else stored
    columns = release.columns if release else stored.get("columns", [])
    status = "held" if release and release.state == "held" else str(stored["status"])
    made: dict[str, Any] = {
        "index": at,
        "title": stored.get("table") or (dataset.title if dataset else upload.filename),
        "status": status,
        "status_words": words.status(status),
        "message": _told(stored, dataset, release),
        "summary": _summary(report, columns, status),
        "account": drawn.account(report),
        "steps": drawn.steps(_proposals(actor, upload, report)),
        "findings": drawn.findings(report.get("findings", []), told=release is not None),
        "columns": [{**column, "number": column["type"] in drawn.NUMERIC} for column in columns],
        "drift": drawn.changes(release.changes, files=release.is_files)
        if release and releases.drifted(release)
        else [],
        "departures": [
            (departures.words_of(each), "gone" if each["holds"] else "")
            for each in (release.changes.get("departures", []) if release and status != "unchanged" else [])
        ],
        "release_state": release.state if release else "",
        "draw_href": reverse("table_draw", args=[upload.pk, at]) if drawing.may_draw(actor, upload, at) else "",
    }
    if made["draw_href"] and release:
        made["compare_href"] = reverse("table_compare", args=[upload.pk, at])
    return made | (_of_release(actor, dataset, release) if release else {})


def _proposals(actor: Actor | None, upload: Any, report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What was proposed; examples of the file's cells for who may see the file."""
    found = report.get("proposals", [])
    return list(found) if policies.may_see_file(actor, upload) else [{**each, "evidence": ""} for each in found]


def _told(stored: Mapping[str, Any], dataset: Any, release: Any) -> Text | None:
    if stored.get("dataset") and (not dataset or (release and release.state == "discarded")):
        return GONE
    return None if release and release.state == "held" else _message(stored)


def _stored(actor: Actor | None, upload: Any, stored: Mapping[str, Any]) -> tuple[Any, Any]:
    """What became of the table; nothing when its draft was discarded and with it the dataset."""
    if not stored.get("dataset"):
        return None, None
    try:
        dataset = selectors.dataset_for(actor, stored["dataset"])
        release = selectors.release_for(actor, dataset, stored["release"]) if stored.get("release") else None
    except NotFound:
        return None, None
    same = dataset.organisation_id == upload.organisation_id  # the name may be another's by now
    return (dataset, release) if same else (None, None)


def _of_release(actor: Actor | None, dataset: Any, release: Any) -> dict[str, Any]:
    """Links, first rows and quarantine: what only a stored release has."""
    open_ = release.state in ("draft", "held") and policies.may_edit(actor, dataset)

    def link(action: str) -> str:
        return reverse("release_act", args=[dataset.name, release.number, action]) if open_ else ""

    ready = release.state == "draft" and open_
    return {
        "decide_href": link("decide"),
        "literal_href": link("take_literally") if releases.drifted(release) else "",
        "recipe_href": reverse("dataset_recipe", args=[dataset.name]) if policies.may_edit(actor, dataset) else "",
        **(_ruled(dataset, release, bool(open_)) if policies.may_edit(actor, dataset) else {}),
        **(_correcting(release, link("correct")) if open_ else {}),
        "restore_href": _restoring(actor, dataset, release),
        "found": deciding.of(actor, release) if policies.may_edit(actor, dataset) else {},
        "held_otherwise": [words.held(code) for code in releases.held_by(release) if code not in releases.DRIFT],
        "drifted": releases.drifted(release),
        "accept_href": link("accept_drift") if releases.drifted(release) else "",
        "discard_href": link("discard"),
        "quarantine": drawn.bad_rows(selectors.account(release, actor)["quarantine"]),
        "rows": _first_rows(actor, dataset, release),
        "next_href": reverse("dataset_edit", args=[dataset.name]) if ready else "",
        "next_label": _next_label(dataset),
        "dataset_href": reverse("dataset", args=[dataset.name]),
    }


def _ruled(dataset: Any, release: Any, open_: bool) -> dict[str, Any]:
    """The rules that hold the release, with where it is taken all the same, and where all rules stand."""
    made: dict[str, Any] = {"rules_href": reverse("dataset_rules", args=[dataset.name])}
    made["rules_waiting"] = dataset.rules.filter(state="proposed").count()
    if rules.holds(release):
        checks = release.rule_checks.filter(passed=False, rule__in=rules.failed(release)).select_related("rule")
        made["rules_failed"] = [_failed(check) for check in checks]
        made["overrule_href"] = reverse("rules_overrule", args=[dataset.name, release.number]) if open_ else ""
    elif open_ and (taken := rules.taken(release).first()):
        made["taken"] = taken
        made["overrule_href"] = reverse("rules_overrule", args=[dataset.name, release.number])
    return made


def _failed(check: Any) -> dict[str, Any]:
    rule = check.rule
    numbers = ", ".join(f"{row:,}" for row in check.rows[:10]) + (" …" if check.failing > 10 else "")
    words = rule_shapes.sentence(rule.kind, rule.columns, rule.options)
    return {"words": words, "failing": check.failing, "numbers": numbers if check.rows else ""}


def _restoring(actor: Actor | None, dataset: Any, release: Any) -> str:
    """Where a discarded release is taken back, as long as that is possible."""
    if not any(each.name.startswith("undo_discard") for each in RELEASE.available(release, actor)):
        return ""
    return reverse("release_act", args=[dataset.name, release.number, "undo_discard"])


def _correcting(release: Any, href: str) -> dict[str, Any]:
    """The correction form, and for a held release how the recipe would follow the file."""
    now = recipes.current(release.dataset)
    steps = list(now.steps) if now else []
    lines = recipe_text.compared(steps, releases.amended(release)) if releases.drifted(release) else []
    return {
        "correct_href": href,
        "correct": correcting.rows(release, steps),
        "types": correcting.types(),
        "amended": lines if any(line.kind != "same" for line in lines) else [],
    }


def _next_label(dataset: Any) -> Text:
    if dataset.licence:
        return Text("설명을 확인하고 공개하기", "Check the description and publish")
    return Text("다음: 설명 쓰기", "Next: describe it")


def _first_rows(actor: Actor | None, dataset: Any, release: Any) -> list[Any]:
    if release.version is None or not policies.may_see_rows(actor, release):
        return []
    found = selectors.preview(actor=actor, dataset=dataset, release=release, size=FIRST_ROWS)
    return drawn.table(release.columns, found.rows)


def _summary(report: Mapping[str, Any], columns: list[Any], status: str) -> Text:
    """One sentence: format, encoding, size, and whether it is in the lake."""
    kind, encoding = str(report.get("format", "")).upper(), words.encoding(str(report.get("encoding", "")))
    shape = f"{kind} ({encoding})" if encoding else kind
    rows, wide = int(report.get("rows_reshaped", 0) or report.get("rows_loaded", 0)), len(columns)
    if report.get("format") == "files":
        return Text(f"파일 {rows:,}개의 묶음입니다.", f"A set of {rows:,} files.")
    if not rows:
        return Text(f"{shape} 형식, 열 {wide}개", f"{shape}, {wide} columns")
    done = Text("읽었습니다", "read") if status == "held" else Text("적재했습니다", "loaded")
    return Text(
        f"{shape} 형식의 표로, {wide}개 열에 {rows:,}행을 {done.ko}.",
        f"A {shape} table: {rows:,} rows in {wide} columns were {done.en}.",
    )
