"""What people fill in about a dataset."""

from datetime import date
from typing import Any

from django import forms

from datadam.catalog.licences import LICENCES
from datadam.catalog.vocabulary import FREQUENCIES, THEMES
from datadam.web.text import Text

REQUIRED = Text("꼭 써야 합니다.", "This field is required.")
BAD_DATE = Text("날짜를 2026-03-02처럼 쓰십시오.", "Write the date as 2026-03-02.")
BAD_EMAIL = Text("전자우편 주소가 아닙니다.", "This is not an e-mail address.")
BACKWARDS = Text("끝이 시작보다 앞설 수 없습니다.", "The end cannot come before the start.")
NO_LICENCE = Text("공개하려면 이용 조건을 고르십시오.", "Choose a licence to publish.")


class DescribeForm(forms.Form):
    """All that `services.datasets.describe` takes. Labels follow the page's language, hence made per form."""

    title = forms.CharField(max_length=300)
    description = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 5}))
    keywords = forms.CharField(required=False)
    theme = forms.ChoiceField(required=False)
    spatial = forms.CharField(required=False, max_length=200)
    temporal_start = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    temporal_end = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    frequency = forms.ChoiceField()
    contact_name = forms.CharField(required=False, max_length=100)
    contact_email = forms.EmailField(required=False)
    contact_phone = forms.CharField(required=False, max_length=30)
    licence = forms.ChoiceField(required=False)
    ai_mark = forms.BooleanField(required=False)
    legal_basis = forms.CharField(required=False, max_length=300)
    collection = forms.CharField(required=False, max_length=300)
    limits = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))

    LABELS = {
        "title": Text("제목", "Title"),
        "description": Text("설명", "Description"),
        "keywords": Text("키워드", "Keywords"),
        "theme": Text("주제", "Theme"),
        "spatial": Text("지역", "Area"),
        "temporal_start": Text("기간의 시작", "Period from"),
        "temporal_end": Text("기간의 끝", "Period to"),
        "frequency": Text("갱신 주기", "Frequency"),
        "contact_name": Text("담당 부서나 사람", "Department or person"),
        "contact_email": Text("전자우편", "E-mail"),
        "contact_phone": Text("전화", "Telephone"),
        "licence": Text("이용 조건", "Licence"),
        "legal_basis": Text("보유근거", "Why it is held"),
        "collection": Text("수집방법", "How it is collected"),
        "limits": Text("데이터 한계", "Limits of the data"),
    }
    HINTS = {
        "title": Text("무엇에 관한 자료인지 한눈에 알게 씁니다.", "Says at a glance what the data is about."),
        "description": Text(
            "어떻게 모았고 무엇을 조심해서 읽어야 하는지 씁니다.", "How it was collected, and what to be careful with."
        ),
        "keywords": Text("쉼표로 나눕니다.", "Separated by commas."),
        "legal_basis": Text("법령과 조항을 씁니다. 예: 통계법 제18조", "A law and its article."),
        "collection": Text("예: 시스템 자동 수집, 현장 조사", "e.g. collected by a system, surveyed on site"),
        "limits": Text(
            "무엇이 빠져 있고 무엇과 견줄 수 없는지 씁니다.", "What is missing, what it cannot be compared with."
        ),
        "spatial": Text("예: 부산광역시, 해운대구", "e.g. Busan, Haeundae-gu"),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = str(self.LABELS.get(name, ""))
            field.help_text = str(self.HINTS.get(name, ""))
            field.error_messages["required"] = str(REQUIRED)
        self.fields["contact_email"].error_messages["invalid"] = str(BAD_EMAIL)
        for name in ("temporal_start", "temporal_end"):
            self.fields[name].error_messages["invalid"] = str(BAD_DATE)
        self._choices("theme", [("", "–"), *((t.key, str(t.label)) for t in THEMES.values())])
        self._choices("frequency", [(f.key, str(f.label)) for f in FREQUENCIES.values()])
        self._choices("licence", [("", "–"), *((key, str(found.title)) for key, found in LICENCES.items())])

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean_keywords(self) -> list[str]:
        words = (word.strip() for word in self.cleaned_data["keywords"].split(","))
        return list(dict.fromkeys(word for word in words if word))

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        start: date | None = values.get("temporal_start")
        end: date | None = values.get("temporal_end")
        if start and end and end < start:
            self.add_error("temporal_end", str(BACKWARDS))
        if self.data.get("then") == "publish" and not values.get("licence"):
            self.add_error("licence", str(NO_LICENCE))
        return values
