"""The portal's list (목록개방현황, or an answer of its list API) as entries, whatever its columns are called."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from datadam.catalog.standards.lists import plain

COLUMNS = {
    "key": ("목록키", "list_id", "id", "public_data_pk"),
    "kind": ("목록유형", "list_type"),
    "title": ("목록명", "list_title", "title", "public_data_sj"),
    "provider": ("기관명", "제공기관", "제공기관명", "org_nm", "instt_nm"),
    "category": ("분류체계", "new_category_nm", "brm_code_nm"),
    "licence": ("이용허락범위", "use_scope_code_nm", "ownership_grounds"),
    "url": ("목록_url", "목록url", "url", "상세페이지url", "meta_url", "file_data_url"),
    "created": ("목록_등록일", "목록등록일", "등록일", "created_at", "regist_dt"),
    "updated": ("목록_수정일", "목록수정일", "수정일", "updated_at", "updt_dt"),
}
LONGEST = {"key": 40, "kind": 20, "title": 500, "provider": 200, "category": 100, "licence": 200, "url": 2000}
DAY = re.compile(r"(\d{4})[-./]?(\d{2})[-./]?(\d{2})")
NEEDED = ("key", "title", "provider")


@dataclass(frozen=True)
class Entry:
    """A dataset as the portal lists it."""

    key: str
    title: str
    provider: str
    kind: str = ""
    category: str = ""
    licence: str = ""
    url: str = ""
    created: dt.date | None = None
    updated: dt.date | None = None


def recognised(header: Iterable[str]) -> dict[str, str] | None:
    """Our fields → the columns of a header; None when it is no list of the portal."""
    names = {plain(name): name for name in header}
    found = {f: names[a] for f, aliases in COLUMNS.items() for a in reversed(aliases) if a in names}
    return found if all(name in found for name in NEEDED) else None


def entry(columns: Mapping[str, str], row: Mapping[str, Any]) -> Entry | str:
    """The entry of a row, or the code of what is wrong with it."""
    cells = {name: " ".join(str(row.get(column) or "").split()) for name, column in columns.items()}
    if not cells["key"] or len(cells["key"]) > LONGEST["key"]:
        return "no_key"
    if not cells["title"]:
        return "no_title"
    texts = {name: cells.get(name, "")[:most].replace("\0", "") for name, most in LONGEST.items()}
    url = texts.pop("url")
    days = {name: _day(cells.get(name, "")) for name in ("created", "updated")}
    return Entry(**texts, **days, url=url if url.startswith(("http://", "https://")) else "")  # type: ignore[arg-type]


def _day(text: str) -> dt.date | None:
    found = DAY.match(text)
    try:
        return dt.date(*map(int, found.groups())) if found else None
    except ValueError:
        return None
