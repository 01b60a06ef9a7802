"""Where a list stands, and the links to its neighbours with every other query parameter kept."""

from dataclasses import dataclass

from django.http import QueryDict


@dataclass(frozen=True)
class Paging:
    """`previous` and `next` are query strings ("?…"), empty at the ends."""

    page: int
    pages: int
    previous: str
    next: str


def query(params: QueryDict, **changes: object) -> str:
    """`params` as a query string with some values set; None removes one."""
    changed = params.copy()
    for name, value in changes.items():
        if value is None:
            changed.pop(name, None)
        else:
            changed[name] = str(value)
    return f"?{changed.urlencode()}"


def paging(params: QueryDict, *, page: int, pages: int, name: str = "page") -> Paging:
    """`name` is the query parameter that holds the page number."""
    return Paging(
        page,
        pages,
        query(params, **{name: page - 1 if page > 2 else None}) if page > 1 else "",
        query(params, **{name: page + 1}) if page < pages else "",
    )


def whole(raw: str) -> int | None:
    """The number in an address, or None for anything else. Nine digits are enough for whatever is counted here."""
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 10 else None


def number(params: QueryDict, name: str = "page") -> int:
    """The page asked for: 1 for anything that is no positive number."""
    return whole(params.get(name, "")) or 1
