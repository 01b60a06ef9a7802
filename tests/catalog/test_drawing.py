"""Drawing a table by hand: on the page, next month, for a file that was refused; and before and after a proposal."""

import datetime as dt
import io
import re

import openpyxl
import pytest

from datadam.catalog import recipe_shapes, recipe_text, recipes, selectors, trying
from datadam.catalog.models import Dataset, Release, Upload
from datadam.catalog.services import datasets, drawing, housekeeping
from datadam.catalog.services import recipes as recipe_services
from datadam.core import clock, jobs
from datadam.core.errors import Conflict, Invalid, NotAllowed, NotFound
from datadam.core.selectors import history

pytestmark = pytest.mark.django_db
LATER = [["4월", 40, "다"], ["5월", 50, "라"]]


def book(rows=(("1월", 10, "가"), ("2월", 20, "나")), above=("민원 현황", "소계"), merges=(), sheets=("Sheet",)):
    """A sheet whose header stands in row 2, with a subtotal under it and a note at its end."""
    found = openpyxl.Workbook()
    for at, name in enumerate(sheets):
        sheet = found.active if not at else found.create_sheet()
        sheet.title = name
        for row in [
            [above[0], None, None],
            ["월", "건수", "비고"],
            [above[1], 30, None],
            *rows,
            ["※ 잠정치", None, None],
        ]:
            sheet.append(list(row))
        for merge in merges:
            sheet.merge_cells(merge)
    out = io.BytesIO()
    found.save(out)
    return out.getvalue()


def form(rows=range(2, 9)):
    """A form that is refused as no table."""
    found = openpyxl.Workbook()
    found.active.append(["점검표", None, None])
    for n in range(2, 9):
        found.active.append([f"항목{n}", None, n * 10])
    for n in rows:
        found.active.merge_cells(f"A{n}:B{n}")
    out = io.BytesIO()
    found.save(out)
    return out.getvalue()


def beside():
    """The form, with a good sheet behind it."""
    found = openpyxl.load_workbook(io.BytesIO(form()))
    good = found.create_sheet("좋은")
    for row in (["구", "값"], ["남구", 1], ["북구", 2]):
        good.append(row)
    out = io.BytesIO()
    found.save(out)
    return out.getvalue()


FIELDS = {"by_hand": "on", "header_from": "2", "data": "4", "cut": "1", "merged": "on"}


def address(upload, at=0, what="draw"):
    return f"/upload/{upload.pk}/table/{at}/{what}/"


def run_waiting():
    from datadam.core.models import Job

    for job in Job.objects.filter(state="ready"):
        jobs.run_now(job)


def text(answer):
    return answer.content.decode()


def shown(actor, dataset, number=1):
    release = selectors.release_for(actor, dataset, number)
    return release, selectors.preview(actor=actor, dataset=dataset, release=release).rows


@pytest.fixture
def sheet(receive, provider, firm):
    return receive(provider, firm, book(), filename="민원_202401.xlsx")


def test_a_table_is_drawn_on_the_page_tried_and_read(client_of, provider, sheet):
    steward = client_of(provider)
    assert address(sheet) in text(steward.get(f"/upload/{sheet.pk}/"))
    page = text(steward.get(address(sheet)))
    assert "민원 현황" in page and 'data-row="3"' in page and 'name="header_from"' in page
    tried = text(steward.post(address(sheet), {**FIELDS, "then": "preview"}))
    assert "이렇게 읽습니다" in tried and recipes.current(sheet.dataset).version == 1
    assert "table header 2 data 4 omit 3 &quot;소계&quot; cut 1 &quot;※ 잠정치&quot;" in tried
    sent = steward.post(address(sheet), {**FIELDS, "then": "save"})
    assert sent.headers["Location"].startswith(f"/upload/{sheet.pk}/?job=")
    run_waiting()
    release, rows = shown(provider, sheet.dataset)
    assert rows == [["1월", 10, "가"], ["2월", 20, "나"]] and release.state == "draft"
    assert release.report["rows_set_aside"] == {"title_row": 1, "left_out_row": 2}
    again = text(steward.get(address(sheet)))
    assert 'name="data" type="number" min="1" max="9999999" value="4"' in again


def drawn(actor, upload, **facts):
    found = drawing.place(actor=actor, upload=upload, at=0)
    step = {"code": "table", "applied": True, "header": [2, 2], "data": 4, "cut": 1, **facts}
    steps = drawing.redrawn(found, [drawing.worded(found=found, step=step)])
    jobs.run_now(drawing.save(actor=actor, found=found, steps=steps))
    upload.refresh_from_db()
    return recipes.current(upload.dataset)


def test_next_month_is_read_by_the_same_drawing(receive, provider, firm, sheet):
    recipe = drawn(provider, sheet)
    receive(provider, firm, book(LATER), filename="민원_202402.xlsx")
    release, rows = shown(provider, sheet.dataset, 2)
    assert rows == LATER and release.recipe == recipe and release.state == "draft"


@pytest.mark.parametrize("moved", [{"above": ("민원 현황", "1월")}, {"rows": [], "above": ("민원 현황", "소계")}])
def test_a_file_in_which_the_places_moved_is_refused_and_drawn_again(receive, provider, firm, sheet, moved):
    drawn(provider, sheet)
    second = receive(provider, firm, book(**moved), filename="민원_202402.xlsx")
    assert second.state == "refused" and second.report[0]["reason"] in ("drawn_moved", "drawn_range")
    assert second.staged and sheet.dataset.releases.count() == 1


def test_a_header_that_moved_is_held_and_not_read_askew(receive, provider, firm, sheet):
    drawn(provider, sheet)
    moved = book([["4월", 40, "다"]], above=("추가", "소계"))
    found = openpyxl.load_workbook(io.BytesIO(moved))
    found.active["A2"], found.active["B2"] = "달", "수"
    out = io.BytesIO()
    found.save(out)
    receive(provider, firm, out.getvalue(), filename="민원_202402.xlsx")
    release = selectors.release_for(provider, sheet.dataset, 2)
    assert (release.state, release.version) == ("held", None)


def test_a_file_redrawn_next_month_goes_on_with_its_dataset(receive, provider, firm, sheet):
    drawn(provider, sheet)
    second = receive(provider, firm, book(LATER, above=("민원 현황", "합계")), filename="민원_202402.xlsx")
    found = drawing.place(actor=provider, upload=second, at=0)
    assert found.dataset == sheet.dataset
    drawn(provider, second)
    assert second.dataset == sheet.dataset and second.state == "read"
    assert shown(provider, sheet.dataset, 2)[1] == LATER


def test_a_form_that_was_refused_is_read_by_drawing_it(client_of, receive, provider, firm):
    upload = receive(provider, firm, form(), filename="점검.xlsx")
    assert (upload.state, upload.report[0]["reason"]) == ("refused", "not_a_table") and upload.staged
    steward = client_of(provider)
    assert address(upload) in text(steward.get(f"/upload/{upload.pk}/"))
    assert "점검표" in text(steward.get(address(upload)))
    steward.post(address(upload), {"by_hand": "on", "data": "2", "merged": "on", "then": "save"})
    run_waiting()
    upload.refresh_from_db()
    release, rows = shown(provider, upload.dataset)
    assert upload.state == "read" and rows[0] == ["항목2", 20] and release.rows == 7
    assert upload.dataset.recipes.get().steps[0]["code"] == "table"


def test_a_refused_sheet_beside_good_ones_becomes_a_dataset_of_its_own(receive, provider, firm):
    upload = receive(provider, firm, beside(), filename="둘.xlsx")
    assert [each["status"] for each in upload.report] == ["refused", "loaded"]
    place = drawing.place(actor=provider, upload=upload, at=0)
    step = {"code": "table", "applied": True, "sheet": "Sheet", "data": 2}
    steps = drawing.redrawn(place, [step])
    jobs.run_now(drawing.save(actor=provider, found=place, steps=steps))
    upload.refresh_from_db()
    assert [each["status"] for each in upload.report] == ["loaded", "loaded"]
    names = {each["dataset"] for each in upload.report}
    assert len(names) == 2 and Release.objects.filter(upload=upload).count() == 2


def test_reading_one_of_two_sheets_again_keeps_the_other_in_sight(receive, provider, firm):
    upload = receive(provider, firm, book(sheets=("가", "나")), filename="둘.xlsx")
    assert len(upload.report) == 2
    drawn(provider, upload, sheet="가")
    assert [each["table"] for each in upload.report] == ["가", "나"]
    release = Release.objects.get(upload=upload, dataset__name=upload.report[0]["dataset"])
    assert release.rows == 2 and release.version is not None


def test_two_sheets_are_each_read_by_their_own_recipe_next_month(receive, provider, firm):
    upload = receive(provider, firm, book(sheets=("가", "나")), filename="둘_202401.xlsx")
    drawn(provider, upload, sheet="가", columns=[1, 2])
    later = receive(provider, firm, book(LATER, sheets=("가", "나")), filename="둘_202402.xlsx")
    first, second = (shown(provider, selectors.dataset_for(provider, each["dataset"]), 2) for each in later.report)
    assert first[1] == [["4월", 40], ["5월", 50]] and first[0].state == "draft"
    assert second[1] == LATER and [each["table"] for each in later.report] == ["가", "나"]
    moved = receive(provider, firm, book(LATER, ("민원", "합계"), sheets=("가", "나")), filename="둘_202403.xlsx")
    assert [each["reason"] for each in moved.report] == ["drawn_moved", "same_content"]


def test_a_refused_file_goes_after_a_week(receive, provider, firm):
    upload = receive(provider, firm, form(), filename="점검.xlsx")
    assert housekeeping.clear_staging() == 0
    Upload.objects.filter(pk=upload.pk).update(created_at=clock.now() - dt.timedelta(days=8))
    assert housekeeping.clear_staging() == 1
    upload.refresh_from_db()
    assert upload.staged == ""
    with pytest.raises(Conflict):
        drawing.place(actor=provider, upload=upload, at=0)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"header_from": "4", "header_to": "2"}, "머리글 행은"),
        ({"data": "2"}, "겹칩니다"),
        ({"data": "99"}, "파일 밖에"),
        ({"header_from": "9", "data": ""}, "파일 밖에"),
        ({"header_from": "٣"}, "숫자를"),
        ({"column_from": "?"}, "열은 B나 2처럼"),
        ({"column_from": "C", "column_to": "A"}, "열은 처음"),
        ({"omit": "x"}, "뺄 행은"),
        ({"omit": "2"}, "머리글과 겹치거나"),
        ({"split_column_0": "비고", "split_by_0": "/", "split_into_0": "ㄱ, ㄴ"}, "나누거나 합칠 수 없습니다"),
        ({"split_column_0": "비고", "split_by_0": "", "split_into_0": "ㄱ, ㄴ"}, "구분자는"),
        ({"split_column_0": "비고", "split_how_0": "pattern", "split_by_0": "(a", "split_into_0": "ㄱ, ㄴ"}, "무늬"),
        ({"merge_columns_0": "월, 비고", "merge_to_0": "건수"}, "‘건수’ 열이 둘"),
        ({"merge_columns_0": "월", "merge_to_0": "x"}, "둘 이상"),
        ({"merge_columns_0": "월, 없음", "merge_to_0": "x"}, "나누거나 합칠 수 없습니다"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_reason(client_of, provider, sheet, fields, said):
    answer = client_of(provider).post(address(sheet), {**FIELDS, **fields, "then": "save"})
    assert answer.status_code == 422 and said in text(answer)
    assert recipes.current(sheet.dataset).version == 1


def test_columns_are_split_and_merged_on_the_page(client_of, receive, provider, firm):
    upload = receive(
        provider, firm, "지역,년,월,값\n26(부산),2024,01,5\n11(서울),2024,02,6\n".encode(), filename="a.csv"
    )
    fields = {
        **{"split_column_0": "지역", "split_by_0": "(", "split_into_0": "코드, 이름"},
        **{"merge_columns_0": "년, 월", "merge_with_0": "-", "merge_to_0": "년월"},
    }
    client_of(provider).post(address(upload), {**fields, "then": "save"})
    run_waiting()
    release, rows = shown(provider, upload.dataset)
    assert [column["name"] for column in release.columns] == ["코드", "이름", "년월", "값"]
    assert rows[0][1:] == ["부산", "2024-01-01", 5]
    receive(provider, firm, "지역,년,월,값\n부산,2024,03,5\n".encode(), filename="a.csv")
    held = selectors.release_for(provider, upload.dataset, 2)
    assert held.state == "held" and held.version is None


def test_json_is_not_drawn_but_said_so(client_of, receive, provider, firm):
    upload = receive(provider, firm, b'[{"a": "x-y", "b": 1}, {"a": "z-w", "b": 2}]', filename="a.json")
    page = text(client_of(provider).get(address(upload)))
    assert "그을 것이 없습니다" in page and 'name="header_from"' not in page
    fields = {"split_column_0": "a", "split_by_0": "-", "split_into_0": "c, d", "then": "save"}
    client_of(provider).post(address(upload), fields)
    run_waiting()
    assert shown(provider, upload.dataset)[1] == [["x", "y", 1], ["z", "w", 2]]


def test_an_encoding_and_a_delimiter_are_chosen_on_the_page(client_of, receive, provider, firm):
    upload = receive(provider, firm, "이름|값,단위\n가|1,원\n나|2,원\n".encode(), filename="a.csv")
    client_of(provider).post(address(upload), {"delimiter": "|", "encoding": "utf-8", "then": "save"})
    run_waiting()
    assert shown(provider, upload.dataset)[1] == [["가", "1,원"], ["나", "2,원"]]
    odd = client_of(provider).post(address(upload), {"encoding": "utf-7", "then": "save"})
    assert odd.status_code == 422


def test_the_page_moves_without_reloading(client_of, provider, sheet):
    answer = client_of(provider).post(address(sheet), {**FIELDS, "data": "2"}, headers={"HX-Request": "true"})
    assert answer.status_code == 200 and 'id="drawn"' in text(answer) and "겹칩니다" in text(answer)


def test_only_stewards_draw_and_only_what_is_open(client_of, provider, consumer, officer, sheet):
    for found in (address(sheet), address(sheet, what="compare") + "?step=title_rows"):
        assert client_of(consumer).get(found).status_code == 404
        assert client_of(officer).get(found).status_code == 403  # before it is published, rows are the office's own
    assert client_of(provider).get(address(sheet, 7)).status_code == 404
    with pytest.raises((NotAllowed, NotFound)):
        drawing.place(actor=consumer, upload=sheet, at=0)
    drawing_page = client_of(provider).post(address(sheet), {**FIELDS, "then": "save"})
    assert drawing_page.status_code == 302


def test_every_proposal_is_shown_before_and_after(client_of, provider, sheet):
    steward = client_of(provider)
    page = text(steward.get(f"/upload/{sheet.pk}/"))
    links = set(re.findall(r'href="(/upload/\d+/table/0/compare/\?step=[^"]+)"', page))
    assert len(links) >= 3
    for link in links:
        answer = steward.get(link)
        assert answer.status_code == 200 and 'id="compared"' in text(answer), link
    assert steward.get(address(sheet, what="compare") + "?step=nonsense").status_code == 404
    totals = text(steward.get(address(sheet, what="compare") + "?step=footnotes"))
    assert "※ 잠정치" in totals and "자료로 읽지 않음" in totals


def test_unpivot_is_switched_on_by_text_and_told(client_of, receive, provider, firm):
    content = "구,2020년,2021년,2022년\n남구,1,2,3\n북구,4,5,6\n".encode()
    upload = receive(provider, firm, content, filename="a.csv")
    release = upload.dataset.releases.get()
    steps = [*recipes.current(upload.dataset).steps, *recipe_text.parsed("on unpivot")]
    jobs.run_now(recipe_services.set_recipe(actor=provider, dataset=upload.dataset, steps=steps)[1])
    release.refresh_from_db()
    assert release.rows == 6 and release.report["rows_loaded"] == 2 and release.report["rows_reshaped"] == 6
    assert "6행" in text(client_of(provider).get(f"/upload/{upload.pk}/"))


def test_a_hand_written_drawing_is_read_by_the_recipe_s_text(receive, provider, sheet):
    steps = recipe_text.parsed('table header 2 data 4 cut 1 "※"')
    jobs.run_now(recipe_services.set_recipe(actor=provider, dataset=sheet.dataset, steps=steps)[1])
    assert shown(provider, sheet.dataset)[1] == [["1월", 10, "가"], ["2월", 20, "나"]]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("table", "알 수 없는"),
        ("table header 5-4", "처음 ≤ 끝"),
        ("table header 4-5 data 5", "겹칩니다"),
        ("table cut 3", "정하십시오"),
        ("table header 1 omit 1", "겹치거나"),
        ('table encoding "latin-9"', "인코딩은"),
        ('split "a" by "-" -> "b"', "2개 이상"),
        ('split "a" pattern "(a)" -> "b", "c"', "괄호는 1개"),
        (r'split "a" pattern "(?=a)(b)(c)" -> "b", "c"', "쓸 수 없는 무늬"),
        ('merge "a" with "" -> "b"', "둘 이상"),
    ],
)
def test_a_line_that_makes_no_sense_is_named(line, said):
    with pytest.raises(Invalid) as refusal:
        recipe_text.parsed(f"# ok\n{line}")
    assert refusal.value.message.ko.startswith("2번째 줄") and said in refusal.value.message.ko


def test_columns_have_the_letters_of_a_sheet():
    assert [recipe_shapes.letters(n) for n in (1, 26, 27, 702, 703)] == ["A", "Z", "AA", "ZZ", "AAA"]
    assert all(recipe_shapes.column_number(recipe_shapes.letters(n)) == n for n in range(1, 2000))


def test_a_program_looks_tries_and_draws(client, provider, consumer, sheet):
    import json

    from tests.catalog.test_api import bearer

    token, url = bearer(provider, "read", "write"), f"/api/v1/uploads/{sheet.pk}/tables/0"
    seen = client.get(f"{url}/raw", **token).json()
    assert seen["kind"] == "sheet" and seen["lines"][1] == {"row": 2, "cells": ["월", "건수", "비고"]}
    compared = client.get(f"{url}/compare?step=footnotes", **token).json()
    assert compared["after"]["not_rows"] == [6] and compared["before"]["rows"][-1]["values"][0] == "※ 잠정치"
    assert client.get(f"{url}/compare?step=nonsense", **token).status_code == 404

    def draw(text, **more):
        body = json.dumps({"text": text, **more})
        return client.post(f"{url}/draw", body, content_type="application/json", **token)

    tried = draw("table header 2 data 4 cut 1", preview=True).json()
    assert tried["rows"] == [["1월", 10, "가"], ["2월", 20, "나"]] and 'omit 3 "소계"' in tried["recipe"]
    assert draw("table header 2 data 2").status_code == 422
    jobs.run_now(core_job(draw("table header 2 data 4 cut 1").json()["job"]))
    assert shown(provider, sheet.dataset)[1] == [["1월", 10, "가"], ["2월", 20, "나"]]
    assert client.get(f"{url}/raw", **bearer(consumer, "read")).status_code == 404


def core_job(pk):
    from datadam.core.models import Job

    return Job.objects.get(pk=pk)


def test_a_preview_tells_of_rows_of_another_width(client, receive, provider, firm):
    upload = receive(provider, firm, "구,수\n가,1\n나\n다,3,x\n".encode(), filename="점검.csv")
    found = drawing.place(actor=provider, upload=upload, at=0)
    told = trying.tried(found, "table header 1 data 2 columns A-B")
    assert (told["rows"], told["quarantined_whole"]) == ([["가", 1], ["다", 3]], {"field_count": 1})
    client.force_login(provider)
    page = client.post(address(upload), {**FIELDS, "header_from": "1", "data": "2", "cut": "", "then": "preview"})
    assert "격리할 행 2: 칸 수가 머리글과 다름" in page.text


def test_a_refused_sheet_beside_a_published_one_may_be_drawn_for_a_week(receive, provider, firm):
    upload = receive(provider, firm, beside(), filename="둘.xlsx")
    release = upload.releases.get()
    Dataset.objects.filter(pk=release.dataset.pk).update(
        licence="kogl-1", theme="government", description="둘", frequency="monthly"
    )
    release.dataset.refresh_from_db()
    datasets.publish(actor=provider, dataset=release.dataset)
    with clock.at(clock.now() + dt.timedelta(days=6)):
        assert housekeeping.clear_staging() == 0
        assert drawing.place(actor=provider, upload=Upload.objects.get(), at=0).release is None
    with clock.at(clock.now() + dt.timedelta(days=8)):
        assert housekeeping.clear_staging() == 1
    assert Upload.objects.get().staged == "" and history("catalog.upload", upload.pk).last().verb == "upload.expire"


def test_a_recipe_without_a_sheet_refuses_next_month_s_file_of_several(receive, provider, firm):
    upload = receive(provider, firm, book(), filename="민원_202401.xlsx")
    drawn(provider, upload)
    later = receive(provider, firm, book(LATER, sheets=("가", "나")), filename="민원_202402.xlsx")
    assert "sheet_unnamed" in [each["reason"] for each in later.report]
    assert upload.releases.get().dataset.releases.count() == 1
    with pytest.raises(Invalid) as refusal:
        trying.tried(drawing.place(actor=provider, upload=later, at=0), "table header 2 data 4")
    assert refusal.value.code == "sheet_unnamed"


def test_who_saw_the_cells_of_a_refused_file_and_that_it_went_is_on_record(receive, provider, firm, client_of):
    upload = receive(provider, firm, form(), filename="점검.xlsx")

    def told():
        events = history("catalog.upload", upload.pk)
        return [(each.verb, each.actor) for each in events if each.verb in ("upload.look", "upload.expire")]

    steward = client_of(provider)
    steward.get(f"/upload/{upload.pk}/")
    assert told() == []
    steward.get(address(upload))
    steward.post(address(upload), {**FIELDS, "then": "preview"})
    steward.get(f"/api/v1/uploads/{upload.pk}/tables/0/raw")
    assert told() == [("upload.look", provider)] * 3
    assert history("catalog.upload", upload.pk).last().data == {"table": 0}
    page = text(steward.get(f"/upload/{upload.pk}/"))
    assert "upload.look" not in page
    with clock.at(clock.now() + dt.timedelta(days=8)):
        housekeeping.clear_staging()
    assert told()[3:] == [("upload.expire", None)]


def test_cells_of_a_draft_are_no_refused_file(sheet, provider):
    drawing.look(actor=provider, upload=sheet, at=0)
    assert "upload.look" not in [each.verb for each in history("catalog.upload", sheet.pk)]
