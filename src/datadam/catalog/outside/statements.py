"""What may be asked of a database: one table, or one SELECT that only reads.

What is sent is not the given text but SQL written anew from the checked tree, so that nothing can hide in a comment
that one program skips and another runs.
"""

import re

from datadam.core.errors import Invalid
from datadam.web.text import Text

DIALECTS = {"postgresql": "postgres", "mysql": "mysql"}
QUOTES = {"postgresql": '"', "mysql": "`"}
TABLE = re.compile(r"[^\W\d][\w$]*(?:\.[^\W\d][\w$]*){0,2}")
LONGEST = 20_000  # characters
# Functions that reach past the database's tables, end somebody's session or only burn time.
OUTWARD = re.compile(
    r"(?i)(?:pg_(?:read|ls|stat_file|sleep|terminate|cancel|reload|rotate|switch|create|drop|promote|advisory|notify)\w*"
    r"|lo_\w+|dblink\w*|query_to_xml\w*|set_config|nextval|setval|load_file|sleep|benchmark|get_lock|sys_\w+|xp_\w+)"
)
EMPTY = Text("표 이름이나 SELECT 문을 쓰십시오.", "Give the name of a table, or a SELECT.")
NOT_ONE = Text(
    "표 이름 하나나, 읽기만 하는 SELECT 문 하나를 쓰십시오.",
    "Give the name of one table, or one SELECT that only reads.",
)


def statement(kind: str, wanted: str) -> str:
    """The SELECT to send for a table's name or a SELECT. Invalid `not_select` for all else."""
    wanted = wanted.strip()
    if not wanted:
        raise Invalid(EMPTY, fields={"query": EMPTY})
    if TABLE.fullmatch(wanted):
        mark = QUOTES[kind]
        return "SELECT * FROM " + ".".join(f"{mark}{part}{mark}" for part in wanted.split("."))
    return _rewritten(kind, wanted)


def _rewritten(kind: str, wanted: str) -> str:
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    from datadam.sandbox.check import STATEMENTS

    dialect = DIALECTS[kind]
    if len(wanted) > LONGEST:
        raise _not_select()
    try:
        trees = [tree for tree in sqlglot.parse(wanted, read=dialect) if tree is not None]
        if len(trees) != 1 or not isinstance(trees[0], exp.Select | exp.SetOperation | exp.Subquery):
            raise _not_select()
        (tree,) = trees
        for node in tree.walk():
            calls = node.name if isinstance(node, exp.Anonymous) else node.key if isinstance(node, exp.Func) else ""
            if (isinstance(node, STATEMENTS) and not isinstance(node, exp.Select)) or OUTWARD.fullmatch(calls):
                raise _not_select()
        return tree.sql(dialect=dialect, comments=False)
    except (SqlglotError, RecursionError, ValueError):
        raise _not_select() from None


def _not_select() -> Invalid:
    return Invalid(NOT_ONE, code="not_select", fields={"query": NOT_ONE})


def tables(kind: str, sql: str) -> list[str]:
    """The names of the tables that a checked SELECT reads."""
    import sqlglot
    from sqlglot import exp

    found = sqlglot.parse_one(sql, read=DIALECTS[kind]).find_all(exp.Table)
    return sorted({table.name for table in found})
