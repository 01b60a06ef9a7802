"""Help: the guides as pages; and naming the city, which a new installation begins with."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from datadam.core import city, guides
from datadam.core.errors import Invalid
from datadam.core.views.asking import signed_in
from datadam.web.text import Text

NAMED = Text("도시의 이름과 연락처를 저장했습니다.", "The city's names and contact are saved.")


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The guides there are."""
    return render(request, "core/help.html", {"guides": guides.every(get_language() or "ko")})


@require_safe
def guide(request: HttpRequest, name: str) -> HttpResponse:
    """One guide with its table of contents."""
    language = get_language() or "ko"
    context = {"guide": guides.guide(name, language), "guides": guides.every(language)}
    return render(request, "core/guide.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def name_city(request: HttpRequest) -> HttpResponse:
    """The names and contact that stand on every page."""
    actor = signed_in(request)
    city.may_name(actor).require()
    values = city.profile()
    problems: dict[str, Text] = {}
    if request.method == "POST":
        values = {name: request.POST.get(name, "") for name in values}
        try:
            city.name_city(actor=actor, **values)
        except Invalid as error:
            problems = error.data["fields"]  # type: ignore[assignment]
        else:
            messages.success(request, str(NAMED))
            return redirect("desk")
    fields = [(name, FIELDS[name], value, problems.get(name, "")) for name, value in values.items()]
    return render(request, "core/city.html", {"fields": fields, "failed": problems}, status=422 if problems else 200)


FIELDS = {
    "title_ko": (Text("이름 (한국어)", "Name (Korean)"), Text("예: 부산광역시", "Such as 부산광역시"), "text", 100),
    "title_en": (
        Text("이름 (영어)", "Name (English)"),
        Text("예: Busan Metropolitan City", "Such as Busan Metropolitan City"),
        "text",
        100,
    ),
    "short_ko": (
        Text("짧은 이름 (한국어)", "Short name (Korean)"),
        Text("‘부산 데이터댐’처럼 머리에 나옵니다.", "Stands in the heading: 부산 데이터댐."),
        "text",
        40,
    ),
    "short_en": (
        Text("짧은 이름 (영어)", "Short name (English)"),
        Text("‘Busan data dam’처럼 나옵니다.", "Stands in the heading: Busan data dam."),
        "text",
        40,
    ),
    "contact_email": (
        Text("데이터 담당 부서 이메일", "E-mail of the data office"),
        Text(
            "도움말과 오류 화면에 나옵니다. 비워 둘 수 있습니다.", "Shown on help and error pages. May be left empty."
        ),
        "email",
        254,
    ),
    "contact_phone": (
        Text("데이터 담당 부서 전화", "Telephone of the data office"),
        Text("비워 둘 수 있습니다.", "May be left empty."),
        "text",
        40,
    ),
}
