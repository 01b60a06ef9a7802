"""What may be asked of a database: one table, or one SELECT that only reads.

What is sent is not the given text but SQL written anew from the checked tree, so that nothing can hide in a comment
that one program skips and another runs.
"""

import re
from typing import TYPE_CHECKING

from datadam.catalog.outside.functions import may_be_asked
from datadam.core.errors import Invalid
from datadam.web.text import Text

if TYPE_CHECKING:
    from sqlglot import exp

DIALECTS = {"postgresql": "postgres", "mysql": "mysql"}
QUOTES = {"postgresql": '"', "mysql": "`"}
TABLE = re.compile(r"[^\W\d][\w$]*(?:\.[^\W\d][\w$]*){0,2}")
LONGEST = 20_000  # characters
EMPTY = Text("표 이름이나 SELECT 문을 쓰십시오.", "Give the name of a table, or a SELECT.")
NOT_ONE = Text(
    "표 이름 하나나, 읽기만 하는 SELECT 문 하나를 쓰십시오.",
    "Give the name of one table, or one SELECT that only reads.",
)
QUALIFIED = Text(
    "함수 이름 앞에 스키마나 데이터베이스 이름을 쓸 수 없습니다.",
    "A function is called without the name of a schema or database before it.",
)


def statement(kind: str, wanted: str) -> str:
    """The SELECT to send for a table's name or a SELECT; Invalid for all else."""
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

    dialect = DIALECTS[kind]
    if len(wanted) > LONGEST:
        raise _not_select()
    try:
        trees = [tree for tree in sqlglot.parse(wanted, read=dialect) if tree is not None]
        if len(trees) != 1 or not isinstance(trees[0], exp.Select | exp.SetOperation | exp.Subquery):
            raise _not_select()
        (tree,) = trees
        for hint in list(tree.find_all(exp.Hint)):  # /*+ … */ sets limits and switches of the server
            hint.pop()
        for node in tree.walk():
            _check(node, dialect)
        return tree.sql(dialect=dialect, comments=False)
    except (SqlglotError, RecursionError, ValueError):
        raise _not_select() from None


def _check(node: "exp.Expr", dialect: str) -> None:
    from sqlglot import exp

    from datadam.sandbox.check import STATEMENTS, STRUCTURE

    if isinstance(node, STATEMENTS) and not isinstance(node, exp.Select):
        raise _not_select()
    if isinstance(node, exp.Placeholder | exp.Parameter | exp.SessionParameter):
        raise _not_select()
    if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Func):
        raise Invalid(QUALIFIED, code="function_refused", fields={"query": QUALIFIED})
    if isinstance(node, exp.Func) and not isinstance(node, STRUCTURE):
        _check_function(node, dialect)


def _check_function(node: "exp.Func", dialect: str) -> None:
    """By the name that is written for the database; where that is no call, by what sqlglot calls it."""
    from sqlglot import exp

    from datadam.sandbox.check import CALL

    called = CALL.match(node.sql(dialect=dialect))
    if isinstance(node, exp.Anonymous | exp.AnonymousAggFunc):
        names = [node.name]
    else:
        names = [called.group(1)] if called else list(node.sql_names())
    if not all(map(may_be_asked, names)):
        raise _function_refused(names[0])


def _function_refused(name: str) -> Invalid:
    name = name.lower()[:60]
    words = Text(
        f"‘{name}’ 함수는 쓸 수 없습니다. 값을 셈하는 함수만 씁니다.",
        f"The function “{name}” may not be used: only those that compute values.",
    )
    return Invalid(words, code="function_refused", fields={"query": words})


def _not_select() -> Invalid:
    return Invalid(NOT_ONE, code="not_select", fields={"query": NOT_ONE})


def tables(kind: str, sql: str) -> list[str]:
    """The names of the tables that a checked SELECT reads."""
    import sqlglot
    from sqlglot import exp

    found = sqlglot.parse_one(sql, read=DIALECTS[kind]).find_all(exp.Table)
    return sorted({table.name for table in found})
