"""Raw cells, what would be read, and one proposal before and after: as JSON, for the API and the command line."""

from typing import Any

from datadam.catalog import recipe_text
from datadam.catalog.services import drawing
from datadam.web.text import Text


def raw(found: drawing.Place, sheet: str = "", encoding: str = "", delimiter: str = "") -> dict[str, Any]:
    """The first and last cells of a sheet or of a text as they stand."""
    seen = drawing.raw(found=found, sheet=sheet, encoding=encoding, delimiter=delimiter)
    lines = [{"row": line.number, "cells": line.cells} for line in (*seen.top, *seen.bottom)]
    facts = ("kind", "sheets", "sheet", "rows", "columns", "first_column", "encoding", "delimiter")
    return {**{name: getattr(seen, name) for name in facts}, "lines": lines}


def tried(found: drawing.Place, text: str) -> dict[str, Any]:
    """What would be read with these steps in the recipe: the table, splits and merges of a text."""
    steps = steps_of(found, text)
    seen = drawing.try_out(found=found, steps=steps)
    return {
        "recipe": recipe_text.printed(steps, remarks=False),
        "columns": [{"name": column.name, "type": column.type} for column in seen.columns],
        "rows": seen.rows,
        "sampled": seen.sampled,
        "set_aside": seen.set_aside,
        "quarantined": seen.failed,
        "quarantined_whole": seen.bad,
        "findings": [{"code": finding.code, "column": finding.column} for finding in seen.findings],
    }


def steps_of(found: drawing.Place, text: str) -> list[dict[str, Any]]:
    """The recipe with what the text says of the table, its splits and its merges."""
    given = recipe_text.parsed(text)
    worded = [drawing.worded(found=found, step=step) if step["code"] == "table" else step for step in given]
    return drawing.redrawn(found, worded)


def compared(found: drawing.Place, key: str) -> dict[str, Any]:
    """The first rows that one proposal changes."""
    before, after = drawing.before_and_after(found=found, key=key)
    return {"step": key, "before": _side(before), "after": _side(after)}


def _side(side: Any) -> dict[str, Any]:
    refusal = side.refusal
    return {
        "columns": [{"name": column.name, "type": column.type} for column in side.columns],
        "rows": [{"row": line, "values": values, "changed": line in side.changed} for line, values in side.rows],
        "not_rows": side.gone,
        "refusal": str(Text(refusal.ko, refusal.en)) if refusal else None,
    }
