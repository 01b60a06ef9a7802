"""What is decided about personal data that holds a release: by whom, with whom, and what becomes of it."""

import pytest

from datadam.catalog import storage
from datadam.catalog.models import Decision, Release
from datadam.catalog.selectors import decisions as kept
from datadam.catalog.services import datasets, releases, safety
from datadam.core import jobs
from datadam.core.errors import Conflict, Invalid, NotAllowed, NotFound
from datadam.core.models import Event, Job, Notice
from datadam.core.worker import Worker
from tests.catalog.conftest import csv

HEADER = "접수번호,신청인,주민등록번호,휴대전화,구군"
NUMBERS = ["900101-1234568", "850315-2345679", "991231-1456780", "010203-3123455", "780707-2777770"]
NAMES = ["김민수", "이영희", "박철수", "최지은", "정우성"]
PHONES = [f"010-12{at}4-56{at}8" for at in range(5)]


def people(start=0, header=HEADER, extra=""):
    rows = [
        f"{start + at + 1},{NAMES[at % 5]},{NUMBERS[at % 5]},{PHONES[at % 5]},해운대구{extra}" for at in range(20)
    ]
    return csv(rows, header)


@pytest.fixture
def held(receive, provider, firm):
    """A release of the firm that is held for personal data."""
    return receive(provider, firm, people(), filename="민원_202401.csv").releases.get()


@pytest.fixture
def steward(firm):
    """Another steward of the firm."""
    from datadam.core.models import Membership
    from tests.conftest import make_person

    person = make_person("second", "두번째")
    Membership.objects.create(organisation=firm, person=person, role="steward")
    return person


def choice(release, column, action):
    offer = next(each for each in safety.offered(release) if each.column == column)
    return safety.chosen(release, offer.about, action)


def run(job):
    jobs.run_now(job)


def usual(actor, release):
    run(safety.decide_usual(actor=actor, release=release)[1])
    release.refresh_from_db()


def keep_phones(actor, release, reason="기관 대표 번호라 공개해도 됨"):
    others = [e for e in safety.offered(release) if e.blocking and e.column != "휴대전화"]
    made = [safety.chosen(release, each.about, each.default) for each in others]
    made.append(choice(release, "휴대전화", "keep"))
    decisions, job = safety.decide(actor=actor, release=release, decisions=made, reason=reason)
    run(job)
    release.refresh_from_db()
    return next(each for each in decisions if each.action == "keep")


def test_the_usual_choices_make_a_draft_without_the_number(held, provider, disk):
    assert held.state == "held" and releases.held_by(held) == ["personal_data"] and held.version is None
    usual(provider, held)
    assert held.state == "draft" and "주민등록번호" not in [c["name"] for c in held.columns]
    assert not any(safety.offered(held)) or not any(each.blocking for each in safety.offered(held))
    assert not disk("900101-1234568") and not disk(PHONES[0])
    assert {d.state for d in held.decisions.all()} == {"standing"}
    assert "제24조의2" in held.decisions.filter(code="resident_number").get().reason
