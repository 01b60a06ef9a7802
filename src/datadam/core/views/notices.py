"""Notices: the list, one of them, how to be told, and the link in a mail that ends mails."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from datadam.core import notices
from datadam.core.models import NoticeSetting
from datadam.core.views.asking import signed_in
from datadam.web.paging import number, paging
from datadam.web.text import Text

PAGE = 50
SAVED = Text("알림 설정을 저장했습니다.", "Your notice settings are saved.")
MAILS = (
    (
        "at_once",
        Text("바로", "At once"),
        Text("일이 있을 때마다 한 통씩 보냅니다.", "One mail for each thing that happens."),
    ),
    (
        "daily",
        Text("하루에 한 번", "Once a day"),
        Text("아침 8시에 모아서 보냅니다.", "Gathered, at eight in the morning (Korean time)."),
    ),
    ("off", Text("보내지 않음", "No mail"), Text("이 사이트의 알림에만 쌓입니다.", "Notices stay on this site only.")),
)


@never_cache
@login_required
@require_safe
def my_notices(request: HttpRequest) -> HttpResponse:
    """One's notices, unread ones first."""
    rows = notices.of(signed_in(request))
    total = rows.count()
    pages = max(1, -(-total // PAGE))
    page = min(number(request.GET), pages)
    context = {
        "notices": rows[(page - 1) * PAGE : page * PAGE],
        "total": total,
        "paging": paging(request.GET, page=page, pages=pages),
    }
    return render(request, "core/notices.html", context)


@login_required
@require_POST
def mark(request: HttpRequest) -> HttpResponse:
    """Mark those that were ticked as read, or all of them."""
    ticked = [int(raw) for raw in request.POST.getlist("id") if raw.isascii() and raw.isdigit() and len(raw) < 16]
    notices.mark_read(actor=signed_in(request), notice_ids=None if "all" in request.POST else ticked)
    return redirect("notices")


@login_required
@require_POST
def follow(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one as read and go where it leads."""
    return redirect(notices.open_notice(actor=signed_in(request), notice_id=pk).url)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """When mail is sent, and which kinds of notices there are to be."""
    actor = signed_in(request)
    if request.method == "POST":
        notices.choose(actor=actor, mail_mode=request.POST.get("mail", ""), wanted=request.POST.getlist("kind"))
        messages.success(request, str(SAVED))
        return redirect("notice_settings")
    setting = notices.setting_of(actor)
    kinds = [(key, label, verbs[0] not in setting.muted) for key, (label, verbs) in notices.kinds().items()]
    return render(request, "core/notice_settings.html", {"setting": setting, "mails": MAILS, "kinds": kinds})


@csrf_exempt  # a mail program posts here by itself (RFC 8058); the signed link is the proof
@never_cache
@require_http_methods(["GET", "POST"])
def off(request: HttpRequest, token: str) -> HttpResponse:
    """End mails to whose link it is: GET asks, POST does it."""
    person = notices.stop_mail(token=token) if request.method == "POST" else notices.who(token)
    stopped = notices.setting_of(person).mail == NoticeSetting.Mail.OFF
    return render(request, "core/notices_off.html", {"person": person, "stopped": stopped})
