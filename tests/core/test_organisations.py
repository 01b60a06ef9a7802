"""Registering organisations and keeping their details, by service and by page."""

import pytest

from datadam.core.errors import Conflict, Invalid, NotAllowed
from datadam.core.models import Event, Organisation
from datadam.core.registration import check_digit
from datadam.core.services import organisations

NUMBER = "621810099" + str(check_digit("621810099"))


def test_an_officer_registers_one_on_a_page_and_goes_on_where_they_came_from(officer, client_of):
    given = {"title": " 교통정책과 ", "kind": "city", "registration_number": "", "next": "/upload/"}
    answer = client_of(officer).post("/city/organisations/", given)
    made = Organisation.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, "/upload/")
    assert (made.title, made.kind, made.registration_number) == ("교통정책과", "city", None)
    assert made.name.isascii() and Event.objects.filter(verb="organisation.created").count() == 1
    page = client_of(officer).get("/city/organisations/").content.decode()
    assert "교통정책과" in page and "시 부서" in page


@pytest.mark.parametrize(
    ("change", "field"),
    [({"title": " "}, "title"), ({"kind": "castle"}, "kind"), ({"registration_number": "123-45-67890"}, "number"),
     ({"contact_email": "no"}, "contact_email")],
)  # fmt: skip
def test_a_bad_form_says_which_field_and_keeps_what_was_typed(officer, client_of, change, field):
    given = {"title": "새기관", "kind": "public", "registration_number": "", "description": "소개글", **change}
    answer = client_of(officer).post("/city/organisations/", given)
    text = answer.content.decode()
    assert answer.status_code == 422 and "소개글" in text and field in text and not Organisation.objects.exists()


def test_nobody_else_registers_one(provider, citizen, reviewer, client_of):
    for person in (provider, citizen, reviewer):
        assert client_of(person).post("/city/organisations/", {"title": "x", "kind": "public"}).status_code == 403
        with pytest.raises(NotAllowed):
            organisations.create_organisation(actor=person, name="x", title="x")
    assert not Organisation.objects.filter(title="x").exists()


def test_a_number_belongs_to_one_organisation(operator, firm, office):
    organisations.change_organisation(actor=operator, organisation=firm, registration_number=NUMBER)
    with pytest.raises(Conflict):
        organisations.change_organisation(actor=operator, organisation=office, registration_number=NUMBER)
    office.refresh_from_db()
    assert office.registration_number is None


def test_its_admin_changes_what_it_says_of_itself_and_not_what_the_city_says(stranger, client_of):
    place = Organisation.objects.get(name="elsewhere")
    client = client_of(stranger)
    page = client.get("/organisation/elsewhere/details/").content.decode()
    assert 'name="title"' in page and 'name="kind"' not in page
    assert (
        client.post("/organisation/elsewhere/details/", {"title": "새 이름", "description": "소개"}).status_code == 302
    )
    place.refresh_from_db()
    assert (place.title, place.description, place.kind) == ("새 이름", "소개", "public")
    with pytest.raises(NotAllowed):
        organisations.change_organisation(actor=stranger, organisation=place, kind="city")
    (event,) = Event.objects.filter(verb="organisation.changed")
    assert event.data["fields"] == ["description", "title"] and "소개" not in str(event.data)


def test_a_steward_and_an_outsider_change_nothing(provider, citizen, firm):
    for person in (provider, citizen):
        with pytest.raises(NotAllowed):
            organisations.change_organisation(actor=person, organisation=firm, title="x")


def test_what_stays_the_same_is_no_event(operator, firm):
    organisations.change_organisation(actor=operator, organisation=firm, title=firm.title, registration_number="")
    with pytest.raises(Invalid):
        organisations.change_organisation(actor=operator, organisation=firm, title="")
    assert not Event.objects.filter(verb="organisation.changed").exists()


def test_nobody_takes_the_name_of_another(operator, stranger, firm, client_of):
    with pytest.raises(Conflict):
        organisations.create_organisation(actor=operator, name="twin", title=firm.title)
    place = Organisation.objects.get(name="elsewhere")
    answer = client_of(stranger).post("/organisation/elsewhere/details/", {"title": firm.title, "title_en": ""})
    place.refresh_from_db()
    assert (
        answer.status_code == 409
        and "같은 이름의 기관이 있습니다" in answer.content.decode()
        and place.title != firm.title
    )


def test_a_name_that_several_have_finds_none(db, firm):
    Organisation.objects.create(name="twin", title=firm.title, kind="firm")
    with pytest.raises(Conflict, match="harbour-data, twin"):
        organisations.find(firm.title)
    assert organisations.find(" twin ").name == "twin" and organisations.find("") is None


def test_a_mistyped_number_does_not_pass_for_none(operator, firm):
    organisations.change_organisation(actor=operator, organisation=firm, registration_number=NUMBER)
    for wrong in ("모름", "123", "N/A"):
        with pytest.raises(Invalid):
            organisations.change_organisation(actor=operator, organisation=firm, registration_number=wrong)
    firm.refresh_from_db()
    assert firm.registration_number == NUMBER
    assert organisations.change_organisation(actor=operator, organisation=firm, registration_number="").pk == firm.pk


def test_where_to_go_on_need_not_be_a_page(officer, client_of):
    answer = client_of(officer).post("/city/organisations/", {"title": "a", "kind": "city", "next": "foo"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "foo")


def test_a_member_whose_number_no_database_holds_is_nobody(officer, firm, client_of):
    assert client_of(officer).post(f"/organisation/{firm.name}/people/{'9' * 400}/").status_code == 404
