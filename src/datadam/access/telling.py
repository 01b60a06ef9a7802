"""What the registry's events mean, and who is told of a grant."""

from collections.abc import Iterator
from typing import Any

from django.urls import reverse

from datadam.access.models import Grant
from datadam.core import extensions
from datadam.core import selectors as core
from datadam.core.extensions import Letter
from datadam.web.text import Text

EVENTS = {
    "access.granted": Text("이용 권한을 줌", "Access given"),
    "access.revoked": Text("이용 권한을 거둠", "Access taken back"),
    "resource.registered": Text("자료를 등록함", "Resource registered"),
}
LABEL = Text("데이터 이용 권한", "Access to data")
GIVEN = Text("‘{name}’을(를) 이용할 권한을 받았습니다.", "You were given access to “{name}”.")
TAKEN = Text("‘{name}’을(를) 이용할 권한이 거두어졌습니다.", "Your access to “{name}” was taken back.")
UNNAMED = Text("데이터", "data")


def register() -> None:
    """Called once, when the room is ready."""
    extensions.add_words(EVENTS)
    for verb in ("access.granted", "access.revoked"):
        extensions.add_notice(verb, LABEL, _letters)


def _letters(event: Any) -> Iterator[Letter]:
    """To the person, or to the organisation's people; a grant to everyone is no letter to anybody."""
    grant = Grant.objects.select_related("person", "resource").filter(pk=event.data.get("grant")).first()
    if grant is None or grant.audience == Grant.Audience.PUBLIC:
        return
    words = GIVEN if event.verb == "access.granted" else TAKEN
    people = [grant.person] if grant.person else core.people_of(grant.organisation_id)
    for person in people:
        if person is not None:
            name, url = named(str(grant.resource.uid), person)
            told = Text(words.ko.format(name=name.ko), words.en.format(name=name.en))
            yield Letter(person, told, url)


def named(uid: str, person: Any) -> tuple[Text, str]:
    """What the room that owns a resource calls it, and its page, where the person may see it."""
    for hook in extensions.hooks("name"):
        for name, url in hook(resource=uid, person=person):
            return name, url
    return UNNAMED, reverse("desk")
