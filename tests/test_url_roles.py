"""Every URL of the map, every method, every one of the cast: the answer is the declared one."""

from types import SimpleNamespace

import pytest
from django.db import transaction

from tests.url_roles import CAST, METHODS, address, ask, rooms, routes, rows


def test_every_url_is_declared_and_nothing_else():
    assert {route.name for route in routes()} == {row.name for row, _ in rows()}
    assert [route.pattern for route in routes() if route.name.endswith("None")] == []


def test_every_row_says_what_everybody_is_answered():
    assert [row.what for row, groups in rows() if set(row.answers(groups)) != set(CAST)] == []


@pytest.fixture
def cast(nobody, citizen, consumer, provider, stranger, reviewer, officer, operator, firm, office, settings, tmp_path):
    """Everybody by name, and a home of their own."""
    settings.HOME = tmp_path / "home"
    settings.LAKE, settings.STAGING = str(settings.HOME / "lake"), settings.HOME / "staging"
    settings.HOME.mkdir()
    people = (nobody, citizen, consumer, provider, stranger, reviewer, officer, operator)
    return SimpleNamespace(**dict(zip(CAST, people, strict=True)), firm=firm, office=office)


@pytest.fixture
def nobody():
    return None


def places():
    return [(room, at) for room, module in rooms().items() for at in sorted({row.at for row in module.ROWS})]


@pytest.mark.django_db
@pytest.mark.parametrize(("room", "at"), places(), ids=lambda part: part or "anywhere")
def test_everybody_is_answered_as_declared(room, at, cast, client_of):
    place = rooms()[room].PLACES[at](cast) if at else {}
    mine = [(row, groups) for row, groups in rows() if row.room == room and row.at == at]
    wrong = []
    for row, groups in mine:
        url = address(row, place)
        for person, wanted in row.answers(groups).items():
            with transaction.atomic():
                found = ask(client_of(getattr(cast, person)), row, url)
                transaction.set_rollback(True)
            if found != wanted:
                wrong.append(f"{person}: {row.what} answered {found}, declared {wanted}")
        wrong += undeclared(client_of(cast.operator), row, url)
    assert wrong == [], "\n".join(wrong)


def undeclared(client, row, url):
    """Methods without a row must be refused to everybody, and so to the operator."""
    patterns = {route.name: route.pattern for route in routes()}
    declared = {other.method for other, _ in rows() if patterns[other.name] == patterns[row.name]}
    for method in set(METHODS) - declared:
        with transaction.atomic():
            found = getattr(client, method.lower())(url).status_code
            transaction.set_rollback(True)
        if found != 405 and not (found == 404 and set(row.expected.values()) == {404}):
            yield f"{method} {patterns[row.name]} is not declared and answered {found}, not 405"
