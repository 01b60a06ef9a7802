"""The common standard terms and the national portal on the command line."""

from pathlib import Path
from typing import Any

import click

from datadam.core.cli import Outcome, array, obj, verb

STRING = {"type": "string"}
COUNT = {"type": "integer", "minimum": 0}
SHARE = {"type": "number", "minimum": 0, "maximum": 1}
BOOLEAN = {"type": "boolean"}
OPEN = {"type": "object"}
LISTS = ("terms", "words", "domains")
PROBLEM = obj({"file": STRING, "line": COUNT, "code": STRING, "text": STRING})
GLOSSARY = obj(
    {
        "terms": COUNT,
        "words": COUNT,
        "domains": COUNT,
        "edition": STRING,
        "changes": OPEN,
        "problems": array(PROBLEM),
        "found": array(OPEN),
        "otherwise": array(STRING),
    }
)
FILES = click.Path(path_type=Path, exists=True, dir_okay=False)
IMPORTING = ("not_a_glossary", "would_shrink", "empty_file", "not_understood", "not_a_table", "encoding")


@verb("glossary", schema=GLOSSARY, refusals=IMPORTING, render=lambda data: _render_glossary(data))
@click.argument("action", type=click.Choice(["import", "search", "status"]))
@click.argument("what", metavar="[FILE…|WORDS]", nargs=-1)
@click.option("--list", "kind", type=click.Choice(LISTS), default="terms", show_default=True, help="search: where.")
@click.option("--replace", is_flag=True, help="import: accept it even when a list shrinks by more than half.")
def glossary(*, actor: Any, action: str, what: tuple[str, ...], kind: str, replace: bool) -> dict[str, Any]:
    """Import the common standard terms (CSV, JSON, XLSX), search them, or tell what is kept."""
    from datadam.catalog.selectors import glossary as kept

    if action == "import":
        _import(actor, what, replace)
    found = kept.find(kind, " ".join(what))[: kept.PAGE] if action == "search" else []
    told = kept.status()
    last = told["last"]
    return {
        **{each: told[each] for each in (*LISTS, "edition")},
        "changes": last.counts if last and action != "search" else {},
        "problems": last.problems if last and action != "search" else [],
        "found": [kept.told(each) for each in found],
        "otherwise": kept.said_otherwise(" ".join(what)) if action == "search" else [],
    }


def _import(actor: Any, what: tuple[str, ...], replace: bool) -> None:
    from datadam.catalog.services import glossary as services

    paths = [Path(each) for each in what]
    missing = [str(path) for path in paths if not path.is_file()]
    if missing or not paths:
        raise click.UsageError(f"no such file: {', '.join(missing)}" if missing else "give the files to import")
    services.import_lists(actor=actor, given=[(path, path.name) for path in paths], replace=replace)


def _render_glossary(data: dict[str, Any]) -> str:
    lines = [f"{data['terms']:,} terms, {data['words']:,} words, {data['domains']:,} domains; {data['edition'] or '-'}"]
    for kind, counts in data["changes"].items():
        lines.append(f"  {kind}: " + ", ".join(f"{number:,} {name}" for name, number in counts.items()))
    lines += [f"  ! {each['file']}:{each['line']} {each['code']} {each['text']}" for each in data["problems"][:50]]
    lines += [f"  = {each}" for each in data["otherwise"]]
    for each in data["found"]:
        told = (each["name"], each.get("abbreviation", ""), each.get("domain", ""), each.get("description", "")[:80])
        lines.append("\t".join(told))
    return "\n".join(lines)


SHARES = obj({"columns": COUNT, "states": OPEN, "by_name": SHARE, "by_words": SHARE, "by_domain": SHARE})
CONFORMANCE = obj(
    {
        "all": SHARES,
        "datasets": array(obj({"dataset": STRING, "title": STRING, "shares": SHARES, "columns": array(OPEN)})),
        "accepted": array(STRING),
        "out": STRING,
    }
)


@verb("conformance", schema=CONFORMANCE, refusals=["ambiguous", "nothing_to_accept", "type_unfit", "bad_recipe"],
      render=lambda data: _render_conformance(data))  # fmt: skip
@click.argument("dataset", required=False, default="")
@click.option("--org", default="", help="All datasets of this organisation; of the city without it and a DATASET.")
@click.option("--accept", metavar="COLUMN=TERM", multiple=True, help="Accept this match; COLUMN as the file names it.")
@click.option("--accept-sure", is_flag=True, help="Accept all sure matches of DATASET.")
@click.option("--decline", metavar="COLUMN=TERM", multiple=True, help="Turn this match down for good.")
@click.option("--again", metavar="COLUMN=TERM", multiple=True, help="Take such a decline back.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the report as CSV into this file.")
def conformance(
    *,
    actor: Any,
    dataset: str,
    org: str,
    accept: tuple[str, ...],
    accept_sure: bool,
    decline: tuple[str, ...],
    again: tuple[str, ...],
    out: Path | None,
) -> dict[str, Any]:
    """Tell how far columns keep to the common standard terms, and accept what is proposed.

    What is accepted becomes steps of the recipe: a release that is not published yet is read again, a published one
    stays as it is until the next.
    """
    from datadam.catalog import policies, sheets
    from datadam.catalog.selectors import by_name
    from datadam.catalog.selectors import conformance as kept

    decided = bool(accept or accept_sure or decline or again)
    if decided and not dataset:
        raise click.UsageError("name the dataset to decide on")
    if dataset:
        found = by_name(actor, dataset)
        policies.may_edit(actor, found).require()
        accepted = _decide(actor, found, accept, accept_sure, decline, again) if decided else []
        whole, each_ = kept.of_many([found])
    else:
        accepted = []
        whole, each_ = kept.of_many(kept.within(actor, _organisation(org) if org else None))
    if out:
        out.write_bytes(sheets.csv_bytes(kept.CSV, kept.lines(each_)))
    return {
        "all": kept.shares(whole),
        "datasets": [
            {"dataset": one.name, "title": one.title, "shares": kept.shares(made),
             "columns": [kept.column(each) for each in made.found]}
            for one, made in each_
        ],
        "accepted": accepted,
        "out": str(out or ""),
    }  # fmt: skip


def _organisation(org: str) -> Any:
    from datadam.core import selectors as core
    from datadam.core.services import organisations

    return organisations.find(org) or core.organisation(org)


def _decide(
    actor: Any, found: Any, accept: tuple[str, ...], sure: bool, decline: tuple[str, ...], again: tuple[str, ...]
) -> list[str]:
    """Do what was decided; the columns that changed."""
    from datadam.catalog.services import glossary as services
    from datadam.core import jobs

    for column, term in _pairs(decline):
        services.decline(actor=actor, dataset=found, column=column, term=term)
    for column, term in _pairs(again):
        services.propose_again(actor=actor, dataset=found, column=column, term=term)
    if not accept and not sure:
        return []
    chosen = None if sure else dict(_pairs(accept))
    _, job, columns = services.accept(actor=actor, dataset=found, chosen=chosen)
    if job is not None:
        jobs.run_now(job)
    return columns


def _pairs(given: tuple[str, ...]) -> list[tuple[str, str]]:
    pairs = [each.rpartition("=") for each in given]
    if any(not column or not term for column, _, term in pairs):
        raise click.UsageError("write a match as COLUMN=TERM")
    return [(column, term) for column, _, term in pairs]


def _render_conformance(data: dict[str, Any]) -> str:
    lines = [_shares("all", data["all"])]
    for each in data["datasets"]:
        lines.append(_shares(each["dataset"], each["shares"]))
        for column in each["columns"] if len(data["datasets"]) == 1 else []:
            best = column["matches"][0] if column["matches"] else None
            lines.append(f"  {column['state']:<9} {column['column']}" + (f" → {best['term']}" if best else ""))
            told = [*best["reasons"], *best["conflicts"]] if best else []
            lines += [f"            {clue['ko']}" for clue in told]
    return "\n".join([*lines, *([f"accepted: {', '.join(data['accepted'])}"] if data["accepted"] else [])])


def _shares(name: str, shares: dict[str, Any]) -> str:
    parts = ", ".join(f"{shares[f'by_{part}']:.0%} by {part}" for part in ("name", "words", "domain"))
    return f"{name}: {shares['columns']:,} columns, {parts}"


PORTAL = obj(
    {
        "registrations": array(OPEN),
        "comparison": obj({"there": array(OPEN), "here": array(OPEN), "both": array(OPEN)}),
        "read": COUNT,
        "kept": COUNT,
        "out": STRING,
    }
)
COMPARING = ("not_a_portal_list", "no_provider", "ambiguous", *IMPORTING[2:])


@verb("portal", schema=PORTAL, refusals=COMPARING, render=lambda data: _render_portal(data))
@click.argument("action", type=click.Choice(["export", "compare", "pair"]))
@click.argument("what", metavar="[DATASET|FILE]", required=False, default="")
@click.option("--org", default="", help="export: all datasets of this organisation.")
@click.option(
    "--provider", default="", help="compare: what a provider's name contains; the city's short name otherwise."
)
@click.option("--key", default="", help="pair: the portal's key (목록키) that is DATASET.")
@click.option("--not-same", is_flag=True, help="pair: say that it is not that dataset.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="export: .xlsx, .csv or .json; compare: .csv"
)
def portal(
    *, actor: Any, action: str, what: str, org: str, provider: str, key: str, not_same: bool, out: Path | None
) -> Outcome:
    """Write what data.go.kr's registration asks for, or compare its list (목록개방현황) with what is published here."""
    told: dict[str, Any] = {
        "registrations": [], "comparison": {"there": [], "here": [], "both": []}, "read": 0, "kept": 0,
        "out": str(out or ""),
    }  # fmt: skip
    if action == "export":
        told["registrations"] = _exported(actor, what, org, out)
    elif action == "compare":
        told |= _compared(actor, what, provider, out)
    else:
        _pair(actor, what, key, same=not not_same)
    return Outcome(told)


def _exported(actor: Any, what: str, org: str, out: Path | None) -> list[dict[str, Any]]:
    from datadam.catalog import policies
    from datadam.catalog.selectors import by_name
    from datadam.catalog.selectors import portal as kept

    if bool(what) == bool(org):
        raise click.UsageError("give a dataset, or --org")
    if what:
        dataset = by_name(actor, what)
        policies.may_edit(actor, dataset).require()
        made = [kept.registered(dataset)]
    else:
        made = kept.registrations(actor, _organisation(org))
    if out:
        out.write_bytes(_file(out, made))
    return [kept.as_data(each) for each in made]


def _file(out: Path, made: list[dict[str, Any]]) -> bytes:
    import json

    from datadam.catalog import sheets
    from datadam.catalog.selectors import portal as kept

    if out.suffix == ".xlsx":
        return sheets.workbook(kept.tables(made))
    if out.suffix == ".csv":
        return sheets.csv_bytes(*kept.tables(made)[0][1:])
    if out.suffix == ".json":
        return json.dumps([kept.as_data(each) for each in made], ensure_ascii=False, indent=1).encode()
    raise click.BadParameter(f"{out}: .xlsx, .csv or .json", param_hint="--out")


def _compared(actor: Any, what: str, provider: str, out: Path | None) -> dict[str, Any]:
    from datadam.catalog import sheets
    from datadam.catalog.selectors import portal as kept
    from datadam.catalog.services import portal as services

    if what and not Path(what).is_file():
        raise click.UsageError(f"no such file: {what}")
    if what:
        services.import_list(actor=actor, path=Path(what), filename=Path(what).name, provider=provider)
    made, last = kept.comparison(actor), kept.last_import()
    if out:
        out.write_bytes(sheets.csv_bytes(kept.CSV, kept.lines(made)))
    return {"comparison": kept.compared(made), "read": last.read if last else 0, "kept": last.kept if last else 0}


def _pair(actor: Any, what: str, key: str, *, same: bool) -> None:
    from datadam.catalog.selectors import by_name
    from datadam.catalog.services import portal as services

    if not what or not key:
        raise click.UsageError("give a dataset and --key")
    services.pair(actor=actor, key=key, dataset=by_name(actor, what), same=same)


def _render_portal(data: dict[str, Any]) -> str:
    lines = []
    for each in data["registrations"]:
        names = {field["code"]: field["name"] for field in each["fields"]}
        missing = ", ".join(names[code] for code in each["missing"])
        lines.append(f"{each['dataset']}: " + ("ready" if each["ready"] else f"missing {missing}"))
    if data["read"]:
        both = data["comparison"]["both"]
        lines.append(
            f"{data['kept']:,} of {data['read']:,} rows are ours: {len(both):,} in both, "
            f"{len(data['comparison']['there']):,} there only, {len(data['comparison']['here']):,} here only"
        )
        lines += [f"  {pair['key']} = {pair['dataset']}: {pair['ko']}" for pair in both[:50]]
    return "\n".join(lines) or "ok"
