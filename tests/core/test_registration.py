"""Business registration numbers: any nine digits have exactly one check digit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datadam.core.errors import Conflict, Invalid, NotAllowed, NotFound
from datadam.core.models import Event, Organisation
from datadam.core.registration import check_digit, is_valid, normalise
from datadam.core.services.organisations import create_organisation, ensure_organisation

NINE = st.text("0123456789", min_size=9, max_size=9)


@given(NINE)
def test_one_digit_in_ten_is_right(nine):
    assert [d for d in range(10) if is_valid(f"{nine}{d}")] == [check_digit(nine)]


@given(NINE, st.integers(0, 8), st.integers(1, 9))
def test_most_single_errors_are_found(nine, place, shift):
    wrong = nine[:place] + str((int(nine[place]) + shift) % 10) + nine[place + 1 :]
    if place != 8:  # the ninth carries its tens over, so that some of its errors cancel out
        assert not is_valid(f"{wrong}{check_digit(nine)}")


def test_published_examples():
    # 124-81-00998 is published by Samsung Electronics, 220-81-62517 by Naver
    assert is_valid(normalise("124-81-00998"))
    assert is_valid(normalise("220-81-62517"))
    assert not is_valid("1248100999")
    assert not is_valid("124810099８")


def test_organisation_keeps_a_valid_number(operator):
    made = create_organisation(
        actor=operator, name="a-firm", title="가나", kind="firm", registration_number="124-81-00998"
    )
    made.refresh_from_db()
    assert made.registration_number == "1248100998"
    assert Event.objects.filter(verb="organisation.created", subject_id=str(made.pk), actor=operator).count() == 1


@pytest.mark.parametrize("number", ["1248100999", "123", "12481009981"])
def test_organisation_with_a_wrong_number_is_refused(operator, number):
    with pytest.raises(Invalid) as refused:
        create_organisation(actor=operator, name="a-firm", title="가나", kind="firm", registration_number=number)
    assert "registration_number" in refused.value.data["fields"]
    assert not Organisation.objects.exists()


def test_a_number_is_registered_once(operator):
    create_organisation(actor=operator, name="a", title="가", kind="firm", registration_number="1248100998")
    with pytest.raises(Conflict):
        create_organisation(actor=operator, name="b", title="나", kind="firm", registration_number="1248100998")
    assert Organisation.objects.count() == 1


def test_a_firm_does_not_found_organisations(provider):
    with pytest.raises(NotAllowed):
        create_organisation(actor=provider, name="b", title="나")
    assert not Organisation.objects.exists()


def test_an_unknown_organisation_named_by_the_operator_is_created_once(operator):
    first = ensure_organisation(actor=operator, title_or_name="부산항만공사")
    again = ensure_organisation(actor=operator, title_or_name="부산항만공사")
    by_name = ensure_organisation(actor=operator, title_or_name=first.name)
    assert first == again == by_name
    assert first.registration_number is None and first.name.isascii()


def test_an_unknown_organisation_named_by_anyone_else_is_not_created(officer):
    with pytest.raises(NotFound):
        ensure_organisation(actor=officer, title_or_name="부산항만공사")
    assert not Organisation.objects.exists()
