"""A steward's corrections are the dataset's recipe: text with versions, applied next time, held when a file departs."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datadam.catalog import codes, departures, recipe_shapes, recipe_text, recipes, selectors, storage
from datadam.catalog.services import recipes as services
from datadam.catalog.services import releases
from datadam.core import jobs
from datadam.core.errors import Conflict, Invalid, NotAllowed, NotFound

OCTOBER = "지하철 이용_202210.csv"


def step(code, column, **facts):
    return {"code": code, "column": column, **facts, "applied": True}


RENAME = step("rename", "시군구", to="구군")
COLUMN = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
NAME = COLUMN.filter(recipe_text._nameable)
MARKS = st.lists(COLUMN, min_size=1, max_size=3)
ROW = st.integers(1, 60)
TABLES = st.fixed_dictionaries(
    {"code": st.just("table"), "applied": st.just(True)},
    optional={
        "sheet": COLUMN,
        "header": st.tuples(ROW, ROW).map(sorted),
        "data": st.integers(1, 99),
        "end": st.integers(50, 500),
        "columns": st.tuples(ROW, ROW).map(sorted),
        "omit": st.lists(st.tuples(ROW, st.text(max_size=5)).map(list), min_size=1, max_size=3),
        "cut": st.integers(1, 9),
        "cut_words": COLUMN,
        "merged": st.just(False),
        "encoding": st.sampled_from(recipe_shapes.ENCODINGS),
        "delimiter": st.sampled_from(",;|\t"),
    },
)
STEPS = st.one_of(
    st.builds(lambda c, a: {"code": c, "applied": a}, st.sampled_from(codes.PROPOSALS), st.booleans()),
    st.builds(
        lambda c, n, a: {"code": c, "column": n, "applied": a}, st.sampled_from(codes.PROPOSALS), COLUMN, st.booleans()
    ),
    st.builds(lambda c, to: step("rename", c, to=to), COLUMN, NAME),
    st.builds(lambda c, t: step("retype", c, type=t), COLUMN, st.sampled_from(recipe_text.TYPES)),
    st.builds(lambda c: step("drop", c), COLUMN),
    st.builds(lambda c, t: step("missing", c, tokens=t), COLUMN, MARKS),
    st.builds(lambda c, t: step("describe", c, text=t), COLUMN, COLUMN),
    st.builds(lambda c, t, u: step("describe", c, text=t, unit=u), COLUMN, COLUMN, COLUMN),
    st.just({"code": "*", "applied": False}),
    st.builds(
        lambda c, how, by, into: {"code": "split", "column": c, how: by, "into": into, "applied": True},
        COLUMN,
        st.just("by"),
        COLUMN,
        st.lists(NAME, min_size=2, max_size=4),
    ),
    st.builds(
        lambda c, to: {"code": "split", "column": c, "pattern": r"(\d+)\"(.*)", "into": to, "applied": True},
        COLUMN,
        st.lists(NAME, min_size=2, max_size=2),
    ),
    st.builds(
        lambda columns, by, to: {"code": "merge", "columns": columns, "with": by, "to": to, "applied": True},
        st.lists(COLUMN, min_size=2, max_size=3),
        COLUMN,
        NAME,
    ),
    TABLES,
)


@given(st.lists(STEPS, max_size=8))
def test_what_is_printed_reads_back_the_same(steps):
    try:
        recipes.checked(steps)
    except Invalid:  # two names alike: no recipe
        return
    assert recipe_text.parsed(recipe_text.printed(steps)) == steps


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("rename 구군명 -> 구군", 1),
        ('drop "a"\nnonsense', 2),
        ('type "날짜" day', 1),
        ('missing "값"', 1),
        ('missing "값" "a" "b"', 1),
        ('rename "a" "b"', 1),
        ('# ok\n\ndescribe "값" "x" unit', 3),
        ('drop "a', 1),
    ],
)
def test_a_line_that_is_not_understood_is_named(text, line):
    with pytest.raises(Invalid) as refusal:
        recipe_text.parsed(text)
    assert refusal.value.data["line"] == line and f"{line}번째 줄" in refusal.value.message.ko
    assert f"Line {line}" in refusal.value.message.en


@pytest.mark.parametrize(
    "text",
    ["on no_such_step", 'rename "a" -> "x"\nrename "b" -> "X"', 'type "a" date\ntype "a" text', 'rename "a" -> " "'],
)
def test_a_recipe_that_makes_no_sense_is_refused(text):
    with pytest.raises(Invalid) as refusal:
        recipe_text.parsed(text)
    assert refusal.value.code == "bad_recipe"


def test_remarks_say_what_a_code_means():
    assert recipe_text.printed([{"code": "total_rows", "applied": False}]) == "off total_rows  # 합계 행을 떼어 냄\n"


def test_versions_are_compared_line_by_line():
    lines = recipe_text.compared([step("drop", "a"), RENAME], [RENAME, step("drop", "b")])
    assert [line.kind for line in lines] == ["gone", "same", "add"]


def corrected(actor, release, corrections, columns=None):
    columns = columns or [each["column"] for each in corrections]
    recipe, job = services.correct(actor=actor, release=release, corrections=corrections, columns=columns)
    jobs.run_now(job)
    release.refresh_from_db()
    return recipe


@pytest.mark.django_db
def test_a_correction_is_read_at_once_and_next_month_too(receive, provider, firm, file, draft):
    release = draft.releases.get()
    corrections = [RENAME, step("drop", "비고"), step("describe", "이용자수", text="하루 이용자", unit="명")]
    recipe = corrected(provider, release, corrections)
    assert recipe.version == 2 and release.recipe == recipe and draft.releases.count() == 1
    assert [column["name"] for column in release.columns] == ["구군", "날짜", "이용자수"]
    assert release.columns[2]["description"] == "하루 이용자" and release.columns[2]["unit"] == "명"
    receive(provider, firm, file(["남구,2022-10-01,7,메모"]), OCTOBER)
    second = selectors.release_for(provider, draft, 2)
    assert (second.state, second.changes["departures"]) == ("draft", []) and second.recipe == recipe
    rows = selectors.preview(actor=provider, dataset=draft, release=second).rows
    assert rows == [["남구", "2022-10-01", 7]]


@pytest.mark.django_db
def test_a_correction_is_replaced_by_the_next_one(provider, draft):
    release = draft.releases.get()
    corrected(provider, release, [RENAME])
    corrected(provider, release, [], ["시군구"])
    assert release.columns[0]["name"] == "시군구" and RENAME not in recipes.current(draft).steps


@pytest.mark.django_db
def test_a_type_that_most_values_do_not_fit_is_refused_before_anything_is_written(provider, draft):
    with pytest.raises(Invalid) as refusal:
        corrected(provider, draft.releases.get(), [step("retype", "시군구", type="date")])
    assert refusal.value.code == "type_unfit" and draft.recipes.count() == 1


@pytest.mark.django_db
def test_a_name_that_is_taken_is_refused(provider, draft):
    with pytest.raises(Invalid) as refusal:
        corrected(provider, draft.releases.get(), [step("rename", "시군구", to="비고")])
    assert refusal.value.code == "name_taken" and draft.recipes.count() == 1


@pytest.mark.django_db
def test_only_stewards_correct_and_only_before_publishing(published, provider, stranger, citizen):
    release = published.releases.get()
    for outsider in (stranger, citizen):
        with pytest.raises(NotAllowed):
            services.correct(actor=outsider, release=release, corrections=[RENAME], columns=["시군구"])
        with pytest.raises(NotAllowed):
            services.set_recipe(actor=outsider, dataset=published, steps=[])
    with pytest.raises(Conflict):
        services.correct(actor=provider, release=release, corrections=[RENAME], columns=["시군구"])


@pytest.mark.django_db
def test_an_earlier_version_comes_back_as_a_new_one(provider, draft):
    first = recipes.current(draft).steps
    corrected(provider, draft.releases.get(), [RENAME])
    recipe, job = services.go_back(actor=provider, dataset=draft, version=1)
    jobs.run_now(job)
    assert (recipe.version, recipe.steps) == (3, first) and draft.releases.get().columns[0]["name"] == "시군구"
    with pytest.raises(NotFound):
        services.go_back(actor=provider, dataset=draft, version=99)


@pytest.mark.django_db
def test_a_renamed_column_that_is_gone_holds_the_file_and_the_recipe_follows_it(receive, provider, firm, file, draft):
    corrected(provider, draft.releases.get(), [RENAME])
    moved = file(["남구,2022-10-01,7,"], header="시군구 이름,날짜,이용자수,비고")
    held = receive(provider, firm, moved, OCTOBER).releases.get()
    assert (held.state, held.version) == ("held", None)
    (told,) = [each for each in held.changes["departures"] if each["holds"]]
    assert (told["code"], told["column"]) == ("column_gone", "시군구") and "시군구" in departures.words_of(told).ko
    assert step("rename", "시군구 이름", to="구군") in releases.amended(held)
    jobs.run_now(releases.accept_drift(actor=provider, release=held))
    held.refresh_from_db()
    assert held.state == "draft" and held.columns[0]["name"] == "구군"
    assert storage.table(draft.resource.uid).versions() == [0, 1, 2, 3]  # what was held left none


@pytest.mark.django_db
def test_a_new_column_with_the_name_of_a_rename_holds_the_file_and_says_so(receive, provider, firm, file, draft):
    corrected(provider, draft.releases.get(), [RENAME])
    more = file(["남구,2022-10-01,7,,x"], header="시군구,날짜,이용자수,비고,구군")
    held = receive(provider, firm, more, OCTOBER).releases.get()
    assert (held.state, held.version) == ("held", None)
    (told,) = [each for each in held.changes["departures"] if each["holds"]]
    assert (told["code"], told["column"], told["was"]) == ("name_taken", "시군구", "구군")
    assert "‘구군’ 열이 따로 있어" in departures.words_of(told).ko and RENAME not in releases.amended(held)
    jobs.run_now(releases.accept_drift(actor=provider, release=held))
    held.refresh_from_db()
    assert held.state == "draft" and [c["name"] for c in held.columns][::4] == ["시군구", "구군"]


@pytest.mark.django_db
def test_a_column_of_another_name_keeps_its_own_by_a_rename(receive, provider, firm, file, draft):
    held = receive(
        provider, firm, file(["남구,2022-10-01,7,"], header="시군구명,날짜,이용자수,비고"), OCTOBER
    ).releases.get()
    assert held.state == "held" and step("rename", "시군구명", to="시군구") in releases.amended(held)
    jobs.run_now(releases.accept_drift(actor=provider, release=held))
    held.refresh_from_db()
    assert [column["name"] for column in held.columns] == ["시군구", "날짜", "이용자수", "비고"]


@pytest.mark.django_db
def test_a_type_that_no_longer_fits_holds_the_file(receive, provider, firm, file):
    rows = [f"구{n},2022-09-01,{n + 100},x" for n in range(1, 41)]
    dataset = receive(provider, firm, file(rows)).dataset
    corrected(provider, dataset.releases.get(), [step("retype", "이용자수", type="integer")])
    spoilt = [row.replace(f",{n + 100},", ",많음,") if n % 3 == 0 else row for n, row in enumerate(rows, 1)]
    held = receive(provider, firm, file(spoilt), OCTOBER).releases.get()
    assert (held.state, held.report["reason"]) == ("held", "recipe_unfit")
    assert held.changes["departures"][0]["code"] == "type_unfit"
    jobs.run_now(services.take_literally(actor=provider, release=held))
    held.refresh_from_db()
    assert (held.state, held.rows) == ("draft", 40) and recipes.current(dataset).steps == recipes.LITERAL


@pytest.mark.django_db
def test_sure_and_harmless_departures_are_listed_not_held(receive, provider, firm, file, draft):
    titled = "월별 이용\n".encode() + file(["남구,2022-10-01,7,"], encoding="utf-8")
    release = receive(provider, firm, titled, OCTOBER).releases.get()
    told = {each["code"]: (each["was"], each["now"]) for each in release.changes["departures"]}
    assert release.state == "draft" and told["title_rows"] == ("0", "1") and told["encoding"][0] == "cp949"
    assert all(str(departures.words_of(each)) for each in release.changes["departures"])


def workbook(**sheets):
    import io

    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.django_db
def test_tables_of_one_file_are_each_compared_with_their_own_dataset(receive, provider, firm):
    first = [["구", "값"], ["서구", 1], ["중구", 2]]
    upload = receive(
        provider, firm, workbook(가=first, 나=[["동", "수"], ["대신동", 3], ["남포동", 4]]), "표_202209.xlsx"
    )
    one, two = (selectors.dataset_for(provider, report["dataset"]) for report in upload.report)
    corrected(provider, two.releases.get(), [step("rename", "동", to="법정동")])
    again = receive(
        provider, firm, workbook(가=first, 나=[["동", "수"], ["대신동", 5], ["남포동", 6]]), "표_202210.xlsx"
    )
    assert [report["status"] for report in again.report] == ["unchanged", "loaded"]
    assert storage.table(one.resource.uid).versions() == [0, 1]  # no version that no release names
    assert [column["name"] for column in two.releases.get(number=2).columns] == ["법정동", "수"]


@pytest.mark.django_db
def test_the_page_shows_edits_and_goes_back(client_of, provider, stranger, draft):
    client = client_of(provider)
    url = f"/dataset/{draft.name}/recipe/"
    assert "thousands_separator" in client.get(url).content.decode()
    answer = client.post(url, {"text": 'rename "시군구" -> "구군"'})
    job = int(answer.url.rpartition("=")[2])
    from datadam.core import selectors as core

    jobs.run_now(core.job(job))
    assert draft.releases.get().columns[0]["name"] == "구군"
    page = client.get(url).content.decode()
    assert "diff-add" in page and f"{url}back/1/" in page
    refused = client.post(url, {"text": "nonsense"})
    assert refused.status_code == 422 and "nonsense" in refused.content.decode() and draft.recipes.count() == 2
    client.post(f"{url}back/1/")
    assert recipes.current(draft).version == 3
    assert client_of(stranger).get(url).status_code == 404


@pytest.mark.django_db
def test_the_form_previews_then_corrects(client_of, provider, draft):
    client, release = client_of(provider), draft.releases.get()
    page = client.get(f"/upload/{release.upload_id}/").content.decode()
    assert 'name="name-0"' in page
    form = {"column": ["시군구", "날짜", "이용자수", "비고"], "name-0": "구군", "drop-3": "on", "missing-2": "-, X"}
    url = f"/dataset/{draft.name}/release/1/do/correct/"
    shown = client.post(url, {**form, "then": "preview"})
    assert shown.status_code == 200 and "구군" in shown.content.decode() and draft.recipes.count() == 1
    assert client.post(url, {**form, "then": "save"}).status_code == 302
    assert recipes.current(draft).steps[-3:] == [
        RENAME, step("missing", "이용자수", tokens=["-", "X"]), step("drop", "비고"),
    ]  # fmt: skip
    taken = client.post(url, {**form, "name-0": "날짜", "then": "save"})
    assert taken.status_code == 422 and "날짜" in taken.content.decode()


@pytest.mark.django_db
def test_the_api_gives_and_takes_the_text(client_of, provider, citizen, draft):
    client = client_of(provider)
    url = f"/api/v1/datasets/{draft.name}/recipe"
    assert client.get(url).json()["version"] == 1
    body = json.dumps({"text": 'drop "비고"'})
    written = client.put(url, body, content_type="application/json").json()
    assert written["version"] == 2 and written["steps"] == [step("drop", "비고")] and written["job"]
    bad = client.put(url, json.dumps({"text": "?"}), content_type="application/json")
    assert bad.status_code == 422 and bad.json()["error"]["code"] == "bad_recipe"
    assert client_of(citizen).get(url).status_code in (403, 404)


@pytest.mark.django_db
def test_corrections_of_a_file_taken_literally_leave_the_rest_literal(receive, provider, firm, file):
    dataset = receive(provider, firm, file(), proposals="none").dataset
    release = dataset.releases.get()
    corrected(provider, release, [step("retype", "이용자수", type="integer")])
    rows = selectors.preview(actor=provider, dataset=dataset, release=release).rows
    assert rows[0] == ["해운대구", "2022-09-01", 1200, "맑음"] and release.columns[1]["type"] == "text"
    assert recipe_text.printed(recipes.current(dataset).steps).startswith("literal\n")


def test_every_proposal_may_be_written_in_a_recipe():
    steps = [{"code": code, "applied": False} for code in codes.PROPOSALS]
    assert recipe_text.parsed(recipe_text.printed(steps)) == steps


def test_a_span_of_time_is_a_type_of_the_recipe(receive, provider, firm):
    text = 'type "운행시간" duration\n'
    steps = recipe_text.parsed(text)
    assert recipe_text.printed(steps, remarks=False) == text
    content = "호선,운행시간\n1,05:30\n2,1:05\n".encode()
    release = receive(provider, firm, content, "운행.csv", proposals=steps).releases.get()
    (column,) = [each for each in release.columns if each["name"] == "운행시간"]
    assert (column["type"], column["unit"], release.rows) == ("integer", "s", 2)
