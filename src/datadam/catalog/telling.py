"""Who is told what of datasets, releases and uploads, and what their events mean in a history."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.urls import reverse

from datadam.catalog import policies, words
from datadam.catalog.models import Dataset, Decision, Release, Upload
from datadam.catalog.selectors import decisions
from datadam.catalog.services import releases
from datadam.core import extensions, history
from datadam.core import selectors as core
from datadam.core.errors import Invalid
from datadam.core.extensions import Letter
from datadam.core.keeping import destructions
from datadam.core.public import Organisation
from datadam.web.text import Text

HELD = Text("확인할 새 판", "Releases to confirm")
FAILED = Text("읽지 못한 파일", "Files that could not be read")
STATE = Text("데이터의 공개와 중지, 파기", "Data published, withdrawn, destroyed")
DEEDS = {
    "dataset.publish": Text("‘{title}’을(를) 공개했습니다.", "“{title}” was published."),
    "dataset.republish": Text("‘{title}’을(를) 다시 공개했습니다.", "“{title}” was published again."),
    "dataset.withdraw": Text("‘{title}’의 공개를 중지했습니다.", "“{title}” was withdrawn."),
    "dataset.destroy": Text("‘{title}’을(를) 파기했습니다.", "“{title}” was destroyed."),
}


def register() -> None:
    """Called once, when the room is ready."""
    extensions.add_words(words.EVENTS)
    extensions.add_notice("release.create", HELD, _held)
    extensions.add_notice("upload.read", FAILED, _failed)
    extensions.add_notice("upload.fail", FAILED, _failed)
    for verb in DEEDS:
        extensions.add_notice(verb, STATE, _deed)
    extensions.add_notice("release.publish", STATE, _released)
    extensions.add_notice("release.destroy", STATE, _released)


def _stewards(organisation_id: int, told: Text, url: str, *, even_actor: bool = False) -> Iterator[Letter]:
    for person in core.people_of(organisation_id, "admin", "steward"):
        yield Letter(person, told, url, even_actor)


def _held(event: Any) -> Iterator[Letter]:
    """The reading ends out of sight of who sent the file, so they are told as well."""
    if event.data.get("state") != Release.State.HELD:
        return
    release = Release.objects.select_related("dataset").filter(pk=event.subject_id).first()
    if release:
        title = release.dataset.title
        told = Text(
            f"‘{title}’의 새 판이 지난 판과 달라 확인을 기다립니다.",
            f"A new release of “{title}” differs and waits for you.",
        )
        others = [code for code in releases.held_by(release) if code not in releases.DRIFT]
        if others:
            why = words.held(others[0])
            told = Text(f"‘{title}’의 새 판이 확인을 기다립니다: {why.ko}.", f"“{title}” waits for you: {why.en}.")
        yield from _stewards(release.dataset.organisation_id, told, reverse("desk"), even_actor=True)


def _failed(event: Any) -> Iterator[Letter]:
    if event.verb == "upload.read" and not event.data.get("refused"):
        return
    upload = Upload.objects.select_related("person").filter(pk=event.subject_id).first()
    if upload and upload.person:
        told = Text(f"‘{upload.filename}’을(를) 읽지 못했습니다.", f"“{upload.filename}” could not be read.")
        yield Letter(upload.person, told, reverse("upload", args=[upload.pk]), even_actor=True)


def _deed(event: Any) -> Iterator[Letter]:
    dataset = Dataset.objects.filter(pk=event.subject_id).first()
    if dataset:
        told = DEEDS[event.verb].format(title=dataset.title)
        yield from _stewards(dataset.organisation_id, told, reverse("dataset", args=[dataset.name]))


def _released(event: Any) -> Iterator[Letter]:
    """A later release; of one that opened or ended its dataset, the dataset's own notice tells."""
    release = Release.objects.select_related("dataset").filter(pk=event.subject_id).first()
    if release is None or release.dataset.state != Dataset.State.PUBLISHED:
        return
    if event.verb == "release.publish" and release.published_at == release.dataset.published_at:
        return
    title, number = release.dataset.title, release.number
    ko, en = ("공개", "published") if event.verb == "release.publish" else ("파기", "destroyed")
    told = Text(f"‘{title}’ {number}판을 {ko}했습니다.", f"Release {number} of “{title}” was {en}.")
    yield from _stewards(release.dataset.organisation_id, told, reverse("dataset", args=[release.dataset.name]))


def name_of(resource: str, person: Any) -> Iterator[tuple[Text, str]]:
    """The title and page of the dataset of a resource, for who may see it."""
    dataset = Dataset.objects.filter(resource__uid=resource).first()
    if dataset and policies.may_see(person, dataset):
        yield Text(dataset.title, dataset.title), reverse("dataset", args=[dataset.name])


# Histories


def of_dataset(dataset: Dataset) -> history.History:
    """The dataset with its releases, its uploads, and who was given access."""
    editions = history.about_all("catalog.release", Release.objects.filter(dataset=dataset))
    editions |= history.about_all("catalog.decision", Decision.objects.filter(dataset=dataset))
    sent = Q(dataset=dataset) | Q(releases__dataset=dataset)
    uploads = history.about_all("catalog.upload", Upload.objects.filter(sent).distinct())
    own = history.about("catalog.dataset", [dataset.pk])
    return history.History(own | editions | uploads | history.about("access.resource", [dataset.resource_id]), _tell)


def of_organisation(organisation: Organisation) -> history.History:
    """The organisation, its members, its datasets and their releases, and the files sent in for it."""
    datasets = Dataset.objects.filter(organisation=organisation)
    about = history.about("core.organisation", [organisation.pk])
    about |= history.about_all("catalog.dataset", datasets)
    about |= history.about_all("catalog.release", Release.objects.filter(dataset__organisation=organisation))
    about |= history.about_all("catalog.upload", Upload.objects.filter(organisation=organisation))
    about |= history.about_all("catalog.decision", Decision.objects.filter(dataset__organisation=organisation))
    return history.History(about, _tell)


def _tell(batch: list[Any]) -> history.Tell:
    """What each event was about: the dataset, with the release or the file."""
    core_tell = history.tell_core(batch)

    def ids(subject_type: str) -> list[str]:
        return [event.subject_id for event in batch if event.subject_type == subject_type]

    editions = {
        str(r.pk): r for r in Release.objects.filter(pk__in=ids("catalog.release")).select_related("dataset__resource")
    }
    rows = Dataset.objects.filter(pk__in=ids("catalog.dataset")).select_related("resource")
    datasets = {str(d.pk): d for d in rows}
    made = Decision.objects.filter(pk__in=ids("catalog.decision")).select_related("dataset", "release")
    decided = {str(d.pk): d for d in made}
    uploads = {str(u.pk): u for u in Upload.objects.filter(pk__in=ids("catalog.upload"))}
    reasons = _reasons() if any(event.verb in ENDS for event in batch) else {}

    def tell(event: Any) -> tuple[Text, Text, str]:
        detail = _detail(event.data)
        release, dataset = editions.get(event.subject_id), datasets.get(event.subject_id)
        if event.subject_type == "catalog.release" and release:
            title, n = release.dataset.title, release.number
            url = reverse("release", args=[release.dataset.name, n])
            why = reasons.get((str(release.dataset.resource.uid), n)) if event.verb in ENDS else None
            return Text(f"{title} {n}판", f"{title}, release {n}"), why or detail, url
        if event.subject_type == "catalog.dataset" and dataset:
            why = reasons.get((str(dataset.resource.uid), None)) if event.verb in ENDS else None
            return Text(dataset.title, dataset.title), why or detail, reverse("dataset", args=[dataset.name])
        if event.subject_type == "catalog.decision" and event.subject_id in decided:
            return _of_decision(decided[event.subject_id])
        if event.subject_type == "catalog.upload" and event.subject_id in uploads:
            name = uploads[event.subject_id].filename
            return Text(name, name), detail, reverse("upload", args=[event.subject_id])
        subject, told, url = core_tell(event)
        return subject, told if any(told) else detail, url

    return tell


def _of_decision(made: Decision) -> tuple[Text, Text, str]:
    name = made.dataset.name
    url = (
        reverse("release_findings", args=[name, made.release.number])
        if made.release
        else reverse("dataset", args=[name])
    )
    return Text(made.dataset.title, made.dataset.title), decisions.in_words(made), url


ENDS = ("dataset.destroy", "release.destroy")


def _reasons() -> dict[tuple[str, int | None], Text]:
    """(resource, release) → why it was destroyed. Events hold digests alone; the list of destructions has the words."""
    place = destructions.place()
    try:
        lines = destructions.read([place]) if place.exists() else []
    except Invalid:  # `datadam restore` says which line is broken
        return {}
    found = {(str(line.get("resource")), line.get("release")): str(line.get("reason", "")) for line in lines}
    return {key: Text(reason, reason) for key, reason in found.items() if reason}


AUDIENCES = {
    "public": Text("모두에게", "to everyone"),
    "organisation": Text("기관에", "to an organisation"),
    "person": Text("한 사람에게", "to one person"),
}


def _detail(data: dict[str, Any]) -> Text:
    if "rows" in data:
        return Text(f"{data['rows']:,}행", f"{data['rows']:,} rows")
    if "fields" in data:
        return Text(f"{len(data['fields'])}개 항목", f"{len(data['fields'])} fields")
    return AUDIENCES.get(str(data.get("audience", "")), Text("", ""))
