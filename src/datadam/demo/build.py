"""Building the demo city: people, then file after file through the same services that an office uses."""

import datetime as dt
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from datadam.core import clock, notices
from datadam.core import selectors as core
from datadam.core.errors import Conflict, NotFound
from datadam.core.public import Actor, Organisation, Person
from datadam.core.registration import check_digit
from datadam.core.services import coming_in, factors, organisations, people, tokens
from datadam.core.worker import Worker
from datadam.demo.datasets import DELIVERIES, SPARE, Delivery, Edition
from datadam.demo.files import glossary as files
from datadam.demo.files import health, tourism
from datadam.demo.people import CAST, HARBOUR, HEALTH, OFFICES, TRAVEL, Character, Office
from datadam.demo.providers import REGISTER
from datadam.web.text import Text

Say = Callable[[str], None]
WAITING = (  # held, and no datasets of the finished city: title, office, reason, file
    ("보건 상담 접수대장", HEALTH, "personal_data", Edition("보건상담_접수대장_202606.csv", health.consultations)),
    (
        "국적별 외국인 카드 이용",
        TRAVEL,
        "small_cells",
        Edition("국적별_외국인_카드이용_2026.csv", tourism.foreign_spending),
    ),
)
ASKED_FOR = ("동백카드", "옛자갈치유통")
NOT_HELD = Text("사람이 드러나는 시연 파일이 그대로 지나갔습니다.", "A demo file that tells of people went through.")
NOT_A_DEMO = Text(
    "이 DATADAM_HOME에는 이미 사람이 있습니다. 시연 도시는 비밀번호가 알려져 있으므로 빈 곳에만 만듭니다.",
    "There are people in this DATADAM_HOME. The demo's passwords are public, so it is built only in an empty one.",
)


@dataclass(frozen=True)
class Made:
    """One dataset of the finished city."""

    name: str
    title: str
    organisation: str
    theme: str
    releases: int
    rows: int
    held: bool
    files: list[str]
    url: str


def folder() -> Path:
    """Where the files lie as the offices sent them."""
    return Path(settings.HOME) / "demo"


def build(*, operator: Actor, url: str, say: Say = lambda _: None) -> dict[str, Any]:
    """The city's URL, logins and datasets; made on the first call, read back on later ones."""
    started = time.monotonic()
    card = folder() / "city.json"
    if not card.exists():
        _make(operator, card, say)
    made = json.loads(card.read_text(encoding="utf-8"))
    for dataset in made["datasets"]:
        dataset["url"] = f"{url}{dataset['url']}"
    return {"url": url, "seconds": round(time.monotonic() - started, 2), **made}


def _make(operator: Actor, card: Path, say: Say) -> None:
    if not folder().exists() and Person.objects.exclude(pk=operator.pk).exists():
        raise Conflict(NOT_A_DEMO, code="not_a_demo_home")
    folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    opening = clock.now() - dt.timedelta(days=3 * len(DELIVERIES))
    with clock.at(opening):
        offices = {office.name: _office(operator, office) for office in OFFICES}
        cast = {character.kind: _person(operator, character, offices) for character in CAST}
        users = [_login(operator, character, cast[character.kind]) for character in CAST]
        _have_read(cast)
    datasets: list[Made] = []
    for number, delivery in enumerate(DELIVERIES):
        steward = cast[_steward_of(delivery.organisation).kind]
        datasets += _deliver(delivery, steward, offices[delivery.organisation], opening + dt.timedelta(days=3 * number))
        say(f"{number + 1}/{len(DELIVERIES)} {delivery.title}")
    _write_file(SPARE)
    _standards(cast["officer"])
    _ask(cast["citizen"])
    _send_what_cannot_be_read(cast["provider"], offices[HARBOUR])
    for title, office, reason, edition in WAITING:
        _send_what_waits(cast[_steward_of(office).kind], offices[office], title, reason, edition)
    facts = {"users": users, "datasets": [asdict(d) for d in datasets], "spare_file": str(folder() / SPARE.filename)}
    _keep(card, facts)


def _have_read(cast: dict[str, Actor]) -> None:
    """How the cast came to its seats is no news to it."""
    Worker(["light"]).drain()
    for person in cast.values():
        notices.mark_read(actor=person)


def _standards(officer: Actor) -> None:
    """The city's glossary, and the national portal's list as it might be."""
    from datadam.catalog.services import glossary, portal

    names = {"공통표준용어.csv": files.terms, "공통표준단어.csv": files.words, "공통표준도메인.csv": files.domains}
    for name, content in (*names.items(), ("목록개방현황.csv", files.portal_list)):
        (folder() / name).write_bytes(content())
    glossary.import_lists(actor=officer, given=[(folder() / name, name) for name in names])
    portal.import_list(actor=officer, path=folder() / "목록개방현황.csv", filename="목록개방현황.csv", provider="부산")


def _ask(citizen: Actor) -> None:
    """Requests on two desks: to join a firm, which its admin decides, and for one that trades no longer."""
    wanted = {title: number for number, (title, _) in REGISTER.items() if title in ASKED_FOR}
    for title, number in wanted.items():
        coming_in.found_firm(actor=citizen, title=title, registration_number=number)


def _send_what_cannot_be_read(steward: Actor, office: Organisation) -> None:
    from datadam.catalog.services import uploads

    path = folder() / "컨테이너_터미널_이용안내.pdf"
    path.write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n")
    uploads.ingest(actor=steward, organisation=office, source=path)


def _send_what_waits(steward: Actor, office: Organisation, title: str, reason: str, edition: Edition) -> None:
    from datadam.catalog.services import uploads

    (report,) = uploads.ingest(actor=steward, organisation=office, source=_write_file(edition), title=title)
    if report["reason"] != reason:
        raise Conflict(NOT_HELD, code="demo_not_held")


def _keep(card: Path, facts: dict[str, Any]) -> None:
    """Whole or not at all, and readable by its owner alone: it holds tokens."""
    draft = card.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(facts, ensure_ascii=False, indent=1), encoding="utf-8")
    draft.replace(card)


def _office(operator: Actor, office: Office) -> Organisation:
    try:
        return core.organisation(office.name)
    except NotFound:
        number = office.registration and office.registration + str(check_digit(office.registration))
        return organisations.create_organisation(
            actor=operator,
            name=office.name,
            title=office.title,
            title_en=office.title_en,
            kind=office.kind,
            registration_number=number or None,
            description=office.description,
            contact_email=office.email,
        )


def _person(operator: Actor, character: Character, offices: dict[str, Organisation]) -> Actor:
    try:
        person = core.person(character.login)
        if not person.has_usable_password():  # the local operator, whom every home has from the start
            people.reset_password(actor=operator, person=person, password=character.password)
    except NotFound:
        person = people.create_person(
            actor=operator,
            login=character.login,
            name=character.name,
            password=character.password,
            email=character.email,
        )
    if character.city_role and not core.has_city_role(person, character.city_role):
        people.grant_city_role(actor=operator, person=person, role=character.city_role)
    if character.totp_secret and not factors.is_on(person):
        secret = factors.begin(actor=person, secret=character.totp_secret)
        factors.confirm(actor=person, code=factors.present_code(secret))
    for name, role in character.seats:
        if core.membership_role(person, offices[name]) != role:
            people.set_membership(actor=operator, person=person, organisation=offices[name], role=role)
    return person


def _login(operator: Actor, character: Character, person: Actor) -> dict[str, Any]:
    _, raw = tokens.issue_token(actor=operator, person=person, label="시연", scopes=character.scopes, days=365)
    return {
        "kind": character.kind,
        "label": character.label,
        "name": person.name,
        "login": character.login,
        "password": character.password,
        "totp_secret": character.totp_secret,
        "token": raw,
        "organisations": [name for name, _ in character.seats],
    }


def _steward_of(organisation: str) -> Character:
    return next(c for c in CAST if (organisation, "steward") in c.seats or (organisation, "admin") in c.seats)


def _write_file(edition: Edition) -> Path:
    path = folder() / edition.filename
    if not path.exists():
        path.write_bytes(edition.content())
    return path


def _deliver(delivery: Delivery, steward: Actor, office: Organisation, first: dt.datetime) -> list[Made]:
    """Take in the editions of one delivery, a day apart; what was taken in before is found unchanged."""
    from datadam.catalog import selectors
    from datadam.catalog.services import uploads

    names: dict[str, None] = {}
    for number, edition in enumerate(delivery.editions):
        path = _write_file(edition)
        with clock.at(first + dt.timedelta(days=number)):
            known = selectors.dataset_for(steward, next(iter(names))) if names else None
            title = delivery.title if known is None else ""
            reports = uploads.ingest(actor=steward, organisation=office, source=path, title=title, dataset=known)
            for place, report in enumerate(reports):
                _settle(delivery, edition, steward, report, place)
                names[report["dataset"]] = None
    return [_made(delivery, steward, name) for name in names]


def _settle(delivery: Delivery, edition: Edition, steward: Actor, report: dict[str, Any], place: int) -> None:
    """Describe and publish what one table of an edition became; a held one waits for a steward."""
    from datadam.catalog import selectors
    from datadam.catalog.services import datasets

    expected = {"held"} if edition.held else {"loaded", "unchanged"}
    if report["status"] not in expected:
        raise Conflict(
            Text(f"{edition.filename}: {report['message']}", f"{edition.filename}: {report['message']}"),
            code=f"demo_{report['status']}",
            reason=report["reason"],
        )
    dataset = selectors.dataset_for(steward, report["dataset"])
    release = selectors.release_for(steward, dataset, report["release"])
    if release.state != "draft":
        return
    _correct(delivery, steward, release)
    release.refresh_from_db()
    office = next(o for o in OFFICES if o.name == delivery.organisation)
    title = delivery.sheet_titles[place] if delivery.sheet_titles else delivery.title
    contact = {"contact_name": office.title, "contact_email": office.email, "contact_phone": "051-000-0000"}
    datasets.describe(actor=steward, dataset=dataset, title=title, **delivery.metadata, **contact)
    datasets.publish(actor=steward, dataset=dataset, release=release)


def _correct(delivery: Delivery, steward: Actor, release: Any) -> None:
    """What the steward sets right about the columns, once."""
    from datadam.catalog import recipe_text
    from datadam.catalog.services import recipes
    from datadam.core import jobs

    steps = recipe_text.parsed(delivery.corrections)
    columns = [step["column"] for step in steps]
    if steps:
        _, job = recipes.correct(actor=steward, release=release, corrections=steps, columns=columns)
        if job is not None:
            jobs.run_now(job)


def _made(delivery: Delivery, steward: Actor, name: str) -> Made:
    from datadam.catalog import selectors

    dataset = selectors.dataset_for(steward, name)
    shown = selectors.release_for(steward, dataset)
    count = dataset.releases.count()
    return Made(
        name=name,
        title=dataset.title,
        organisation=delivery.organisation,
        theme=delivery.theme,
        releases=count,
        rows=shown.rows,
        held=any(edition.held for edition in delivery.editions),
        files=[edition.filename for edition in delivery.editions],
        url=f"/dataset/{name}/",
    )
