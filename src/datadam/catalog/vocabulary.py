"""The words datasets are filed under: themes (with the EU data-theme each means), industries, frequencies."""

from dataclasses import dataclass

from datadam.catalog.models import Dataset
from datadam.web.text import Text

EU_THEME = "http://publications.europa.eu/resource/authority/data-theme/"
EU_FREQUENCY = "http://publications.europa.eu/resource/authority/frequency/"


@dataclass(frozen=True)
class Theme:
    """`uri` is the term of the EU's data-theme list; `industry` one of the four the programme grows, or empty."""

    key: str
    label: Text
    uri: str
    industry: str = ""


def _theme(key: str, ko: str, en: str, code: str, industry: str = "") -> Theme:
    return Theme(key, Text(ko, en), EU_THEME + code, industry)


THEMES: dict[str, Theme] = {
    theme.key: theme
    for theme in (
        _theme("finance", "금융", "Finance", "ECON", "finance"),
        _theme("health", "보건·의료", "Health", "HEAL", "health"),
        _theme("logistics", "물류·항만", "Logistics and port", "TRAN", "logistics"),
        _theme("tourism", "관광·문화", "Tourism and culture", "EDUC", "tourism"),
        _theme("transport", "교통", "Transport", "TRAN", "logistics"),
        _theme("economy", "산업·경제", "Economy and business", "ECON"),
        _theme("environment", "환경·기상", "Environment and weather", "ENVI"),
        _theme("population", "인구·사회", "Population and society", "SOCI"),
        _theme("welfare", "복지", "Welfare", "SOCI", "health"),
        _theme("safety", "안전", "Safety", "JUST"),
        _theme("education", "교육", "Education", "EDUC"),
        _theme("housing", "국토·주택", "Land and housing", "REGI"),
        _theme("agriculture", "농수산", "Agriculture and fisheries", "AGRI"),
        _theme("energy", "에너지", "Energy", "ENER"),
        _theme("science", "과학·기술", "Science and technology", "TECH"),
        _theme("government", "행정", "Government", "GOVE"),
    )
}

INDUSTRIES: dict[str, Text] = {
    "finance": Text("금융", "Finance"),
    "health": Text("의료·헬스케어", "Health care"),
    "logistics": Text("물류", "Logistics"),
    "tourism": Text("관광", "Tourism"),
}


@dataclass(frozen=True)
class Frequency:
    """`adverb` completes the sentence "… publishes this table …"; `uri` is the EU's term."""

    key: str
    label: Text
    adverb: Text
    uri: str


FREQUENCIES: dict[str, Frequency] = {
    key: Frequency(key, Text(ko, en), Text(adverb_ko, adverb_en), EU_FREQUENCY + code)
    for key, ko, en, adverb_ko, adverb_en, code in (
        ("daily", "매일", "Daily", "매일", "every day", "DAILY"),
        ("weekly", "매주", "Weekly", "매주", "every week", "WEEKLY"),
        ("monthly", "매월", "Monthly", "매월", "every month", "MONTHLY"),
        ("quarterly", "분기", "Quarterly", "분기마다", "every quarter", "QUARTERLY"),
        ("annual", "매년", "Annual", "매년", "every year", "ANNUAL"),
        ("irregular", "수시", "Irregular", "때에 따라", "from time to time", "IRREG"),
        ("once", "일회성", "Once", "한 번", "once", "NEVER"),
    )
}

STATES: dict[str, Text] = {
    Dataset.State.DRAFT: Text("작성 중", "Draft"),
    Dataset.State.PUBLISHED: Text("공개", "Published"),
    Dataset.State.WITHDRAWN: Text("공개 중지", "Withdrawn"),
    Dataset.State.DESTROYED: Text("파기", "Destroyed"),
}
