"""What data.go.kr asks of a file dataset (파일데이터), filled from ours, and what is missing for it.

The names are those that the portal's own pages show of a registered dataset. `proven` is False where the form itself,
which only a signed-in office sees, could not be looked at, or where the words of a choice are not certain.
"""

import calendar
import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from datadam.catalog.models import Dataset, Release
from datadam.catalog.standards.index import Glossary
from datadam.catalog.standards.matching import STANDARD, Recognised
from datadam.web.text import Text

CATEGORIES = (
    "공공행정", "과학기술", "교육", "교통물류", "국토관리", "농축수산", "문화관광", "법률", "보건의료", "사회복지",
    "산업고용", "식품건강", "재난안전", "재정금융", "통일외교안보", "환경기상",
)  # fmt: skip
OF_THEME = {
    "finance": "재정금융", "health": "보건의료", "logistics": "교통물류", "tourism": "문화관광",
    "transport": "교통물류", "economy": "산업고용", "environment": "환경기상", "population": "공공행정",
    "welfare": "사회복지", "safety": "재난안전", "education": "교육", "housing": "국토관리",
    "agriculture": "농축수산", "energy": "산업고용", "science": "과학기술", "government": "공공행정",
}  # fmt: skip
CYCLES = {
    "daily": "일간", "weekly": "주간", "monthly": "월간", "quarterly": "분기", "annual": "연간",
    "irregular": "수시", "once": "수시(1회성 데이터)",
}  # fmt: skip
MONTHS = {"monthly": 1, "quarterly": 3, "annual": 12}
DAYS = {"daily": 1, "weekly": 7}
SCOPES = {
    "unlimited": "이용허락범위 제한 없음",
    "kogl-0": "이용허락범위 제한 없음",
    "kogl-1": "공공저작물_출처표시",
    "kogl-2": "공공저작물_출처표시_상업적이용금지",
    "kogl-3": "공공저작물_출처표시_변경금지",
    "kogl-4": "공공저작물_출처표시_상업적이용금지_변경금지",
}
TYPES = {
    "integer": "NUMERIC", "number": "NUMERIC", "text": "VARCHAR", "date": "DATE", "timestamp": "DATETIME",
    "boolean": "CHAR",
}  # fmt: skip
COLUMN_WORDS = (
    Text("순번", "No."),
    Text("컬럼 한글명", "Korean name"),
    Text("컬럼 영문명", "English name"),
    Text("타입", "Type"),
    Text("길이", "Length"),
    Text("설명", "Description"),
    Text("단위", "Unit"),
    Text("표준용어", "Standard term"),
)
COLUMN_HEADS = tuple(words.ko for words in COLUMN_WORDS)  # as the portal calls them


@dataclass(frozen=True)
class Subject:
    """What is registered: a dataset by its release, with its columns as they were recognised."""

    dataset: Dataset
    release: Release | None
    found: Sequence[Recognised]
    glossary: Glossary | None


@dataclass(frozen=True)
class Field:
    """An item of the registration. `place` is where it is filled in: an anchor of the edit page, "columns", or ""."""

    code: str
    name: str  # as the portal says it
    english: str
    needed: bool
    value: Callable[[Subject], str]
    place: str = ""
    proven: bool = True

    @property
    def label(self) -> Text:
        return Text(self.name, self.english)


@dataclass(frozen=True)
class Item:
    """A field with its value and whether that is enough."""

    field: Field
    value: str

    @property
    def state(self) -> str:
        return "filled" if self.value else "missing" if self.field.needed else "empty"


def _category(subject: Subject) -> str:
    return OF_THEME.get(subject.dataset.theme, "")


def _cycle(subject: Subject) -> str:
    return CYCLES.get(subject.dataset.frequency, "")


def next_due(subject: Subject) -> str:
    """The day that the frequency promises after the last release; "" for what comes when it comes."""
    release, every = subject.release, subject.dataset.frequency
    at = (release.published_at or release.created_at) if release else None
    if at is None or (every not in MONTHS and every not in DAYS):
        return ""
    day = timezone.localdate(at)
    if every in DAYS:
        return (day + dt.timedelta(days=DAYS[every])).isoformat()
    month = day.month - 1 + MONTHS[every]
    year, month = day.year + month // 12, month % 12 + 1
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1])).isoformat()


def _scope(subject: Subject) -> str:
    return SCOPES.get(subject.dataset.licence, "")


def _period(subject: Subject) -> str:
    ends = (subject.dataset.temporal_start, subject.dataset.temporal_end)
    return " ~ ".join(end.isoformat() if end else "" for end in ends) if any(ends) else ""


def _day(value: dt.datetime | None) -> str:
    return timezone.localdate(value).isoformat() if value else ""


def _text(name: str) -> Callable[[Subject], str]:
    return lambda subject: " ".join(str(getattr(subject.dataset, name) or "").split())


def _columns(subject: Subject) -> str:
    return ", ".join(found.column for found in subject.found) or ", ".join(
        column["name"] for column in (subject.release.columns if subject.release else [])
    )


FIELDS = (
    Field("title", "목록명", "Title", True, _text("title"), "id_title"),
    Field("description", "설명", "Description", True, _text("description"), "id_description"),
    Field("category", "분류체계", "Category", True, _category, "id_theme", proven=False),
    Field("keywords", "키워드", "Keywords", True, lambda s: ", ".join(s.dataset.keywords), "id_keywords"),
    Field("provider", "제공기관", "Provider", True, lambda s: s.dataset.organisation.title),
    Field("department", "관리부서명", "Department", True, _text("contact_name"), "id_contact_name"),
    Field("phone", "관리부서 전화번호", "Department's telephone", True, _text("contact_phone"), "id_contact_phone"),
    Field("legal_basis", "보유근거", "Why it is held", True, _text("legal_basis"), "id_legal_basis"),
    Field("collection", "수집방법", "How it is collected", True, _text("collection"), "id_collection"),
    Field("cycle", "업데이트 주기", "Frequency", True, _cycle, "id_frequency", proven=False),
    Field("next_due", "차기 등록 예정일", "Next release due", False, next_due, "id_frequency"),
    Field("medium", "매체유형", "Medium", True, lambda s: "텍스트" if s.release and not s.release.is_files else "파일",
          proven=False),
    Field("rows", "전체 행", "Rows", True, lambda s: f"{s.release.rows}" if s.release else ""),
    Field("extension", "확장자", "Format", True, lambda s: "CSV" if s.release and not s.release.is_files else "ZIP"),
    Field("fee", "비용부과유무", "Charged for", True, lambda s: "무료"),
    Field("scope", "이용허락범위", "Licence", True, _scope, "licence", proven=False),
    Field("spatial", "공간범위", "Area", False, _text("spatial"), "id_spatial"),
    Field("period", "시간범위", "Period", False, _period, "id_temporal_start"),
    Field("limits", "데이터 한계", "Limits of the data", False, _text("limits"), "id_limits"),
    Field("caution", "기타 유의사항", "Other remarks", False, lambda s: "", proven=False),
    Field("registered", "등록일", "Registered", False, lambda s: _day(s.dataset.published_at)),
    Field("changed", "수정일", "Changed", False, lambda s: _day(s.release.published_at) if s.release else ""),
    Field("columns", "컬럼목록", "Columns", True, _columns),
)  # fmt: skip


def items(subject: Subject) -> list[Item]:
    """Every field with its value."""
    return [Item(each, each.value(subject)) for each in FIELDS]


def columns(subject: Subject) -> list[dict[str, str]]:
    """The definition of every column, under COLUMN_HEADS; English names come from the standard terms."""
    if subject.release is None:
        return []
    found = {each.column: each for each in subject.found}
    profiles = {each["name"]: each for each in subject.release.profile}
    made = []
    for number, column in enumerate(subject.release.columns, 1):
        values = _definition(column, found.get(column["name"]), profiles.get(column["name"], {}), subject.glossary)
        made.append(dict(zip(COLUMN_HEADS, (f"{number}", *values), strict=True)))
    return made


def _definition(
    column: Mapping[str, Any], found: Recognised | None, profile: Mapping[str, Any], glossary: Glossary | None
) -> tuple[str, ...]:
    best = found.best if found and found.state in ("standard", "words") else None
    domain = glossary.domains.get(best.domain) if glossary and best and found and found.fits_domain else None
    english = (best.abbreviation if best else "") or (spelled(glossary, best.term) if glossary and best else "")
    korean = best.term if best and best.kind in STANDARD else column["name"]
    length = domain.length if domain and domain.length else _longest(column, profile)
    return (
        korean,
        english,
        domain.data_type if domain and domain.data_type else TYPES.get(column["type"], "VARCHAR"),
        f"{length}" if length else "",
        column.get("description") or (best.description if best else ""),
        column.get("unit") or (domain.unit if domain else ""),
        best.term if best and best.published else "",
    )


def spelled(glossary: Glossary, name: str) -> str:
    """The abbreviations of the words of a name, joined; "" when one of them has none."""
    from datadam.catalog.standards.naming import core

    parts = [word.abbreviation for word, _, _ in glossary.split(core(name)) or ()]
    return "_".join(parts) if parts and all(parts) else ""


def _longest(column: Mapping[str, Any], profile: Mapping[str, Any]) -> int:
    """Of what the profile shows of a text; 0 when nothing can be said."""
    seen = [str(value) for value, _ in profile.get("top", ())] + [str(profile.get("max") or "")]
    return max(map(len, seen)) if column["type"] == "text" else 0


def unnamed(defined: Iterable[Mapping[str, str]]) -> list[str]:
    """Columns without an English name, which the portal asks for."""
    return [each["컬럼 한글명"] for each in defined if not each["컬럼 영문명"]]
