"""The first wall: users' SQL read by sqlglot; what it does not know it refuses.

What runs later is not the user's text but SQL written anew from the checked tree, every name quoted, so that nothing
can mean one thing to this parser and another to the engine.
"""

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from datadam.sandbox.errors import refusal
from datadam.sandbox.functions import is_allowed

LONGEST = 20_000  # characters of SQL
CALL = re.compile(r"\s*(\w+)\s*\(")
STATEMENTS = (
    exp.DML, exp.DDL, exp.Command, exp.Copy, exp.Attach, exp.Detach, exp.Pragma, exp.Set, exp.Into, exp.Describe,
    exp.Summarize, exp.Show, exp.Use, exp.Drop, exp.Alter, exp.Transaction, exp.Commit, exp.Rollback, exp.Install,
    exp.Lock, exp.Kill, exp.LoadData, exp.Analyze, exp.Cache, exp.Uncache,
)  # fmt: skip
QUERIES = (exp.Select, exp.SetOperation, exp.Subquery, exp.Values)
STRUCTURE = (exp.Binary, exp.Unary, exp.Case, exp.Cast, exp.Paren)  # operators of the language: pure, no name

# It warns on stderr of statements it only half reads; those are refused here with a better sentence.
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class CheckedQuery:
    """A query that may run: `sql` written from the checked tree, the granted `tables` it reads.

    `columns` maps each table to the columns that can matter to the query, or to None for all that are granted.
    """

    sql: str
    tables: tuple[str, ...]
    columns: dict[str, list[str] | None]


def check(query: str, allowed: Mapping[str, Sequence[str]]) -> CheckedQuery:
    """Refuse `query` unless it is one SELECT over `allowed` (table name → columns the caller may see)."""
    tree = _parse(query)
    for node in tree.walk():
        _check_node(node)
    granted = {name.lower(): name for name in allowed}
    tables = {granted[name] for name in _tables(tree, granted)}
    known = {name: {column.lower() for column in allowed[name]} for name in tables}
    _check_columns(tree, granted, known)
    return CheckedQuery(
        sql=tree.sql(dialect="duckdb", identify=True),
        tables=tuple(sorted(tables)),
        columns={name: _needed(tree, allowed[name]) for name in tables},
    )


def names(query: str) -> list[str]:
    """The names in a query's FROM and JOIN that its own WITH does not define, in order: what `check` will ask for."""
    tables = [table for table in _parse(query).find_all(exp.Table) if isinstance(table.this, exp.Identifier)]
    wanted = [table.name for table in tables if not table.args.get("db")]
    own = {table.name for table in tables if table.name.lower() in _ctes_visible(table)}
    return [name for name in dict.fromkeys(wanted) if name not in own]


def _parse(query: str) -> exp.Expr:
    if len(query) > LONGEST:
        raise refusal("syntax", f"> {LONGEST:,}")
    try:
        trees = [tree for tree in sqlglot.parse(query, dialect="duckdb") if tree is not None]
    except (SqlglotError, RecursionError, ValueError) as error:
        raise refusal("syntax", _first_line(error)) from error
    if len(trees) != 1:
        raise refusal("not_select", f"{len(trees)} statements" if trees else "—")
    if not isinstance(trees[0], QUERIES):
        raise refusal("not_select", query.split(maxsplit=1)[0].upper())
    return trees[0]


def _first_line(error: Exception) -> str:
    return re.sub(r"\x1b\[\d*m", "", str(error)).splitlines()[0] if str(error) else type(error).__name__


def _check_node(node: exp.Expr) -> None:
    if isinstance(node, STATEMENTS):
        raise refusal("not_select", type(node).__name__.upper())
    if isinstance(node, exp.Placeholder | exp.Parameter | exp.SessionParameter):
        raise refusal("syntax", node.sql("duckdb"))
    if isinstance(node, exp.Lateral) and not isinstance(node.this, exp.Subquery | exp.Unnest):
        raise refusal("function_refused", node.this.sql("duckdb"))
    if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Func):
        _check_function(node.expression)
    if isinstance(node, exp.Func) and not isinstance(node, STRUCTURE):
        _check_function(node)


def _check_function(node: exp.Func) -> None:
    """The name is the one that will be written for the engine, not the one the user chose among synonyms."""
    if isinstance(node, exp.Anonymous | exp.AnonymousAggFunc):
        name = node.name
    else:
        text = node.sql(dialect="duckdb")
        called = CALL.match(text)
        word = re.match(r"\w+", text)
        name = called.group(1) if called else word.group(0) if word else ""
    if name and not is_allowed(name):
        raise refusal("function_refused", name.lower())


def _tables(tree: exp.Expr, granted: Mapping[str, str]) -> Iterator[str]:
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            raise refusal("function_refused", CALL.sub(r"\1(", table.this.sql("duckdb"))[:60])
        if table.args.get("db") or table.args.get("catalog"):
            raise refusal("unknown_table", table.sql("duckdb"))
        name = table.name.lower()
        if name in _ctes_visible(table):
            continue
        if name not in granted:
            raise refusal("unknown_table", table.name)
        yield name


def _ctes_visible(table: exp.Expr) -> set[str]:
    """Names of WITH that this table reference can mean: those before it, or around it."""
    names: set[str] = set()
    below: exp.Expr = table
    above = table.parent
    while above is not None:
        if isinstance(above, exp.With):
            names |= _defined_before(above, below)
        elif (clause := above.args.get("with_")) is not None and clause is not below:
            names |= {cte.alias.lower() for cte in clause.expressions}
        below, above = above, above.parent
    return names


def _defined_before(clause: exp.With, inside: exp.Expr) -> set[str]:
    names: set[str] = set()
    for cte in clause.expressions:
        if cte is inside:
            return names | ({cte.alias.lower()} if clause.recursive else set())
        names.add(cte.alias.lower())
    return names


def _check_columns(tree: exp.Expr, granted: Mapping[str, str], known: Mapping[str, set[str]]) -> None:
    """A name that is no column, alias or parameter anywhere is refused here; scopes are left to the engine."""
    aliases = _aliases(tree, granted, known)
    anything = set().union(*known.values(), _given_names(tree), aliases)
    for column in tree.find_all(exp.Column):
        name, table = column.name.lower(), column.table.lower()
        if isinstance(column.this, exp.Star) or isinstance(column.parent, exp.PropertyEQ | exp.Kwarg):
            continue
        if table and aliases.get(table) is not None:
            if name not in (aliases[table] or ()):
                raise refusal("unknown_column", f"{column.table}.{column.name}")
        elif not table and name not in anything:
            raise refusal("unknown_column", column.name)


def _aliases(tree: exp.Expr, granted: Mapping[str, str], known: Mapping[str, set[str]]) -> dict[str, set[str] | None]:
    """What each name in a FROM can hold: the columns of granted tables, or None when it is derived."""
    found: dict[str, set[str] | None] = {}
    for table in tree.find_all(exp.Table):
        name, alias = table.name.lower(), table.alias_or_name.lower()
        renamed = table.args.get("alias") is not None and table.args["alias"].args.get("columns")
        derived = name in _ctes_visible(table) or bool(renamed) or bool(table.args.get("pivots"))
        before = found.get(alias, set())
        found[alias] = None if derived or before is None else before | known[granted[name]]
    for derived_table in tree.find_all(exp.Subquery, exp.CTE, exp.Unnest, exp.Values, exp.Lateral):
        if derived_table.alias:
            found[derived_table.alias.lower()] = None
    return found


def _given_names(tree: exp.Expr) -> set[str]:
    """Every name that the query itself gives: aliases, columns of derived tables, parameters of lambdas."""
    names = {alias.alias.lower() for alias in tree.find_all(exp.Alias, exp.PivotAlias)}
    for alias in tree.find_all(exp.TableAlias):
        names |= {column.name.lower() for column in alias.args.get("columns") or ()}
    for function in tree.find_all(exp.Lambda):
        names |= {parameter.name.lower() for parameter in function.expressions}
    for comprehension in tree.find_all(exp.Comprehension):
        names.add(comprehension.args["expression"].name.lower())
    if tree.find(exp.Pivot):
        names |= {literal.name.lower() for literal in tree.find_all(exp.Literal, exp.Identifier)}
    return names | ({"all"} if tree.find(exp.Order, exp.Group) else set())


def _needed(tree: exp.Expr, columns: Sequence[str]) -> list[str] | None:
    """The columns that the query names; None when it may mean all of them, or mean one by its place or its table."""
    counted = {id(count.this) for count in tree.find_all(exp.Count) if isinstance(count.this, exp.Star)}
    if any(id(star) not in counted for star in tree.find_all(exp.Star)):
        return None
    if tree.find(exp.Columns, exp.Pivot, exp.PositionalColumn):
        return None
    if any(join.args.get("method") == "NATURAL" for join in tree.find_all(exp.Join)):
        return None
    if any(
        alias.args.get("columns") and isinstance(alias.parent, exp.Table) for alias in tree.find_all(exp.TableAlias)
    ):
        return None
    if _row_as_value(tree):
        return None
    names = {identifier.name.lower() for identifier in tree.find_all(exp.Identifier)}
    return [column for column in columns if column.lower() in names]


def _row_as_value(tree: exp.Expr) -> bool:
    """Whether a table's name stands where a column does: `SELECT t FROM t`."""
    tables = {table.alias_or_name.lower() for table in tree.find_all(exp.Table)}
    return any(column.name.lower() in tables for column in tree.find_all(exp.Column))
