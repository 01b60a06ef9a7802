"""From what was counted of a column, and what its table is about, to what a steward should know.

Context decides. Thirteen digits are residents' where their dates and check digits say so, not where a registry's, a bar
code's or a clock's rule fits (nearly) all of them. A landline or an office's mailbox in a table of places is told
without blocking; mobiles and people's mailboxes block everywhere. Names of those who stand for an office or firm
(대표자, 담당자, authors) are told without blocking too: registers of firms publish them by law and they say nothing of
a private life; beside them, a birth date, a home address or a mobile blocks by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from datadam.lake.personal.kinds import KINDS
from datadam.lake.personal.tally import Tally
from datadam.lake.personal.wording import About, Called

FEW = 5  # values below which shares say nothing
Clue = dict[str, Any]


@dataclass
class Draft:
    """A sighting before its neighbours are asked."""

    kind: str
    count: int
    why: list[Clue]
    example: str = ""
    blocking: bool = True
    text: bool = False
    role: str = ""  # of names: person, officer, guess


@dataclass(frozen=True)
class Case:
    """A column on trial."""

    called: Called
    tally: Tally
    about: About

    @property
    def name(self) -> str:
        return self.called.name

    @property
    def said(self) -> str:
        """What its name says it is."""
        return self.called.said

    @property
    def rows(self) -> int:
        return max(1, self.tally.rows)

    def clue(self, code: str, **figures: Any) -> list[Clue]:
        told: list[Clue] = [{"code": code, **figures}]
        return [{"code": "column_name", "name": self.name}, *told] if self.said in KINDS else told


def judge(case: Case) -> list[Draft]:
    """Every kind that a column holds by itself."""
    return [draft for rule in _RULES for draft in rule(case) if draft.count > 0]


# Resident and foreigner numbers

_BARE = ("bare", "decimal", "coded")  # told by check digits alone


def _residents(case: Case) -> list[Draft]:
    accepted = {"resident_number": 0, "foreigner_number": 0}
    checked = {"resident_number": 0, "foreigner_number": 0}
    for style in ("split", "loose", "lettered", *_BARE):
        measure = _accepted(case, style)
        for kind, prefix in (("resident_number", ""), ("foreigner_number", "foreign_")):
            if measure:
                accepted[kind] += case.tally.of("resident", prefix + measure, style)
                checked[kind] += case.tally.of("resident", prefix + "checked", style)
    accepted["resident_number"] = max(accepted["resident_number"], case.tally.of("resident_number", "ok"))
    return [_resident_draft(case, kind, count, checked[kind]) for kind, count in accepted.items() if count]


def _resident_draft(case: Case, kind: str, count: int, checked: int) -> Draft:
    why = case.clue("check_digits", count=min(checked, count), of=count)
    if checked < count:
        why.append({"code": "no_check_digit", "count": count - checked})
    prefix = "foreign_" if kind == "foreigner_number" else ""
    example = case.tally.example("resident", prefix + "alone", prefix + "checked", prefix + "plausible")
    return Draft(kind, count, why, example or case.tally.example(kind, "ok"), text=_in_text(case, "resident"))


def _accepted(case: Case, style: str) -> str:
    """Which measure counts as residents' numbers: all that are plausible, those that stand alone, or none."""
    of = lambda measure: case.tally.of("resident", measure, style)  # noqa: E731
    seen, plausible = of("seen"), of("plausible") + of("foreign_plausible")
    checked = of("checked") + of("foreign_checked")
    if not plausible:
        return ""
    if seen >= FEW and checked < 0.5 * plausible and _is_other(case, style, seen):
        return ""
    if case.said in ("resident_number", "foreigner_number"):
        return "plausible"
    if case.said in ("corporate", "business"):
        if style not in _BARE and seen >= FEW and plausible >= 0.8 * seen and of("corporate") < 0.5 * seen:
            return "plausible"  # six and seven digits that are days and not a registry's
        return "checked" if checked >= 0.5 * plausible and checked * 20 >= seen else ""
    if style not in _BARE:
        return "plausible" if seen >= FEW and plausible >= 0.5 * seen else "alone"
    if seen >= FEW and plausible >= 0.8 * seen:
        return "plausible"
    if of("number"):
        return "checked" if checked >= max(3, 0.5 * plausible) and checked * 5 > seen else ""
    return "checked" if checked >= 0.3 * plausible and checked * 100 > seen else ""


def _is_other(case: Case, style: str, seen: int) -> bool:
    of = lambda measure: case.tally.of("resident", measure, style)  # noqa: E731
    if of("corporate") >= 0.85 * seen:
        return True
    return (
        style in _BARE and case.said != "resident_number" and (of("gtin") >= 0.9 * seen or of("clock") >= 0.95 * seen)
    )


# Telephones and mail


_WRITTEN = ("split", "abroad", "dialled", "lettered", "lettered_abroad")


def _phones(case: Case) -> list[Draft]:
    if case.said in ("bank_account", "card"):
        return []
    written = _WRITTEN if case.said in ("corporate", "business") else (*_WRITTEN, "bare")
    written = (*written, "coded") if case.said == "phone" else written
    mobile = sum(_mobiles(case, style) for style in written)
    if mobile:
        why = case.clue("mobile", count=mobile)
        return [
            Draft("phone", mobile, why, case.tally.example("phone", "mobile", "given"), text=_in_text(case, "phone"))
        ]
    if case.said in ("corporate", "business"):
        return []
    fixed = case.tally.of("phone", "landline", *_WRITTEN)
    if case.said in ("phone", "fax"):
        fixed = case.tally.of("phone", "landline")
    if not fixed or (case.said not in ("phone", "fax") and fixed * 20 < case.tally.of("phone", "seen", *_WRITTEN)):
        return []
    private = bool(case.about.people) and not case.about.places and case.said != "fax"
    why = case.clue("landline_people" if private else "landline", count=fixed)
    return [Draft("phone", fixed, why, case.tally.example("phone", "landline"), private, _in_text(case, "phone"))]


def _mobiles(case: Case, style: str) -> int:
    of = lambda measure: case.tally.of("phone", measure, style)  # noqa: E731
    found, seen = of("mobile"), of("seen")
    if style != "bare" or case.said == "phone":
        return found if found * 20 >= seen or case.said == "phone" or style != "bare" else 0
    given = of("given")
    if of("number"):
        seen = case.rows  # money and codes have such digits here and there
        return given if given >= max(3, 0.8 * seen) and of("business") < 0.8 * seen else 0
    return found if found * 20 >= seen else 0


def _mails(case: Case) -> list[Draft]:
    seen, private = case.tally.of("email", "seen"), case.tally.of("email", "private")
    text = _in_text(case, "email")
    if private:
        return [
            Draft("email", private, case.clue("mail", count=private), case.tally.example("email", "private"), text=text)
        ]
    blocking = bool(case.about.people) and not case.about.places
    return [
        Draft("email", seen, case.clue("office_mail", count=seen), case.tally.example("email", "ok"), blocking, text)
    ]


# Numbers of documents


def _cards(case: Case) -> list[Draft]:
    count = 0
    for style, share in (("split", 0.2), ("lettered", 0.2), ("bare", 0.5)):
        found, seen = case.tally.of("card", "ok", style), case.tally.of("card", "seen", style)
        count += found if case.said == "card" or found >= share * seen else 0
    return [_draft(case, "card", count, "luhn")]


def _licences(case: Case) -> list[Draft]:
    count = case.tally.of("driver_licence", "ok", "named")
    split, seen = case.tally.of("driver_licence", "ok", "split"), case.tally.of("driver_licence", "seen", "split")
    count += split if case.said == "driver_licence" or split >= 0.8 * seen else 0
    if case.said == "driver_licence":
        count += case.tally.of("driver_licence", "ok", "bare")
    return [_draft(case, "driver_licence", max(count, case.tally.of("driver_licence", "ok", "labelled")), "form")]


def _passports(case: Case) -> list[Draft]:
    count = case.tally.of("passport", "ok", "labelled")
    if case.said == "passport":
        count = max(count, case.tally.of("passport", "ok", "old", "new", "two", "loose"))
    elif case.about.people and case.tally.of("passport", "ok", "old", "new") >= 0.9 * case.rows:
        count = max(count, case.tally.of("passport", "ok", "old", "new"))
    return [_draft(case, "passport", count, "form")]


def _vehicles(case: Case) -> list[Draft]:
    found, seen = case.tally.of("vehicle", "ok", "split"), case.tally.of("vehicle", "seen", "split")
    usual = found >= 0.9 * seen and found >= 0.5 * case.rows
    count = found if case.said == "vehicle" or usual else 0
    return [_draft(case, "vehicle", max(count, case.tally.of("vehicle", "ok", "labelled")), "form")]


def _insured(case: Case) -> list[Draft]:
    count = case.tally.of("health_insurance", "ok", "labelled")
    if case.said == "health_insurance":
        count = max(count, case.tally.of("health_insurance", "ok", "bare", "split"))
    return [_draft(case, "health_insurance", count, "form")]


def _accounts(case: Case) -> list[Draft]:
    count = case.tally.of("bank_account", "ok", "labelled")
    if case.said == "bank_account":
        count = max(count, case.tally.of("bank_account", "ok"))
    return [_draft(case, "bank_account", count, "form")]


def _draft(case: Case, kind: str, count: int, code: str) -> Draft:
    labelled = case.tally.examples.get((kind, "labelled", "ok"), "")
    if case.said != kind and labelled and case.tally.of(kind, "ok", "labelled") >= count:
        return Draft(kind, count, [{"code": "labelled", "count": count}], labelled, text=True)
    return Draft(
        kind, count, case.clue(code, count=count, kind=kind), case.tally.example(kind, "ok"), text=_in_text(case, kind)
    )


def _in_text(case: Case, kind: str) -> bool:
    found = case.tally.of(kind, "seen")
    return (bool(found) and case.tally.whole[kind] < 0.5 * found) or not found


# What only its surroundings tell


def _births(case: Case) -> list[Draft]:
    count = case.tally.of("birth_date", "ok")
    if case.said == "birth_date" and count:
        return [
            Draft("birth_date", count, case.clue("birth", count=count), case.tally.example("birth_date", "ok"), False)
        ]
    return [Draft("birth_date", count, [{"code": "labelled", "count": count}], "", False, True)]


def _names(case: Case) -> list[Draft]:
    full, short = case.tally.of("name", "ok", "word"), case.tally.of("name", "short", "word")
    count, share = full + short, (full + short) / case.rows
    example = case.tally.example("name", "ok", "short")
    labelled = case.tally.of("name", "ok", "labelled")
    if labelled:
        why = [{"code": "labelled", "count": labelled}]
        return [Draft("name", labelled, why, case.tally.example("name", "ok"), False, True, "labelled")]
    generic = case.called.source.strip().lower() in ("name", "nm", "이름")
    if case.called.person and share >= (0.6 if generic else 0.3) and not (generic and case.about.places):
        return [_name(case, count, example, "person")]
    if case.called.officer and share >= 0.5:
        return [_name(case, count, example, "officer")]
    distinct = len(case.tally.names)
    if case.about.people and full >= 0.8 * case.rows and distinct >= max(FEW, min(100, 0.3 * case.rows)):
        return [_name(case, count, example, "guess")]
    return []


def _name(case: Case, count: int, example: str, role: str) -> Draft:
    clue = {"person": "names_called", "officer": "names_officer", "guess": "names_built"}[role]
    return Draft("name", count, [{"code": clue, "count": count, "name": case.name}], example, False, role=role)


def _addresses(case: Case) -> list[Draft]:
    count = case.tally.of("address", "ok", "whole")
    labelled = case.tally.of("address", "ok", "labelled")
    if labelled > count:
        return [Draft("address", labelled, [{"code": "labelled", "count": labelled}], "", text=True)]
    home = case.tally.of("address", "home", "whole")
    private = bool(home) or (bool(case.about.people) and not case.about.places)
    if not private or count < 0.3 * case.rows:
        return []
    return [Draft("address", count, [{"code": "house", "count": count, "name": case.name}],
                  case.tally.example("address", "ok"), True)]  # fmt: skip


_RULES: tuple[Callable[[Case], list[Draft]], ...] = (
    _residents, _phones, _mails, _cards, _licences, _passports, _vehicles, _insured, _accounts,
    _births, _names, _addresses,
)  # fmt: skip


def beside(drafts: dict[str, list[Draft]]) -> None:
    """Names and birth dates block where something else in their rows tells who is meant."""
    telling = {(column, d.kind) for column, found in drafts.items() for d in found if d.blocking or _tells(d)}
    for found in drafts.values():
        for draft in found:
            if draft.kind in ("name", "birth_date") and draft.role not in ("officer", "labelled") and not draft.text:
                others = sorted({(c, kind) for c, kind in telling if kind != draft.kind})
                if others:
                    draft.blocking = True
                    draft.why.append({"code": "beside", "column": others[0][0], "kind": others[0][1]})


def _tells(draft: Draft) -> bool:
    return (draft.kind == "birth_date" and not draft.text) or (
        draft.kind == "name" and draft.role in ("person", "guess")
    )
