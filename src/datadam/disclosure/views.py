"""What was published about people from a resource, as a page."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from datadam.access.telling import named
from datadam.core.context import actor_of
from datadam.disclosure import presenting, selectors


@login_required
@require_safe
def publications(request: HttpRequest, uid: UUID) -> HttpResponse:
    """For the owner's stewards and the city: release by release what was done, never a cell."""
    actor = actor_of(request)
    rows = [presenting.in_words(each) for each in selectors.history_for(actor, uid)]
    name, url = named(str(uid), actor)
    return render(request, "disclosure/publications.html", {"rows": rows, "resource": name, "url": url})
