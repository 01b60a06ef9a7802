"""Tables of people whose cells single somebody out: held, decided, treated, and treated alike next month."""

import io
import json

import pyarrow.parquet as pq
import pytest

from datadam.catalog import storage
from datadam.catalog.models import Decision, Release
from datadam.catalog.services import cell_checks, cells, datasets, safety
from datadam.core import jobs
from datadam.core.errors import DomainError
from datadam.core.worker import Worker
from datadam.disclosure.models import Publication

NATIONS = ["중국", "일본", "미국", "러시아", "베트남", "태국", "필리핀", "몽골", "네팔", "가나"]


def nations(counts, quarter="2020년 1분기"):
    """As card companies count foreign visitors: by quarter, nation and district."""
    rows = ["기준분기,국적,구군,이용자수,이용금액"]
    for n, nation in enumerate(NATIONS):
        rows += [
            f"{quarter},{nation},{d},{counts[n] + i},{(counts[n] + i) * 1000}"
            for i, d in enumerate(["중구", "서구", "동구"])
        ]
    return "\r\n".join([*rows, ""]).encode()


FINE = (
    "구군,국적,이용자수\r\n중구,중국,2\r\n중구,일본,40\r\n중구,미국,50\r\n"
    "서구,중국,60\r\n서구,일본,70\r\n서구,미국,90\r\n"
)
SMALL = [900, 400, 300, 90, 40, 3, 2, 1, 1, 1]


@pytest.fixture
def held(receive, provider, firm):
    upload = receive(provider, firm, nations(SMALL), filename="국적별 이용_202001.csv")
    return upload.dataset.releases.get()


def decide(actor, release, key):
    about = (Decision.Kind.SMALL_CELLS, "", cells.CODE)
    made, job = safety.decide(
        actor=actor, release=release, decisions=[safety.chosen(release, about, key)], reason="표본이 작음"
    )
    if job:
        jobs.run_now(job)
    release.refresh_from_db()
    return made[0]


def rows(release):
    return pq.read_table(storage.files(release.dataset.resource.uid, release.version)).to_pylist()


def test_small_counts_of_people_are_held_and_nothing_is_in_the_lake(held):
    found = cells.finding(held)
    assert (held.state, held.report["reason"], held.version) == ("held", "small_cells", None)
    assert found["facts"]["measures"] == ["이용자수"] and found["facts"]["unit"] == "persons"
    assert found["facts"]["dimensions"] == ["기준분기", "국적", "구군"] and found["facts"]["attached"] == ["이용금액"]
    assert found["count"] == found["facts"]["small"] == 14


def test_no_number_of_a_held_or_treated_table_is_told(held, provider, officer, client_of):
    """One of the withheld amounts is the smallest, and an example of how amounts are written."""
    assert all(each["min"] is None for each in held.profile if each["name"] in ("이용자수", "이용금액"))
    held.dataset.refresh_from_db()
    told = client_of(officer).get(f"/dataset/{held.dataset.name}/releases/1/findings/").content.decode()
    assert "3000" not in told and "3000" not in json.dumps(held.report)
    decide(provider, held, "suppress")
    assert min(each["min"] for each in held.profile if each["name"] == "이용금액") >= 5000
    assert "3000" not in json.dumps(held.report)


def test_three_libraries_in_a_district_are_left_alone(receive, provider, firm):
    file = "구군,도서관수\r\n중구,3\r\n서구,1\r\n동구,2\r\n".encode()
    release = receive(provider, firm, file, filename="도서관.csv").dataset.releases.get()
    assert release.state == "draft" and cells.finding(release) is None


def test_a_register_of_places_is_no_table_of_counts(receive, provider, firm):
    file = "시설명,주소,종사자수\r\n가,중구 1,3\r\n나,서구 2,1\r\n다,동구 3,2\r\n".encode()
    assert receive(provider, firm, file, filename="시설.csv").dataset.releases.get().state == "draft"


def test_things_are_left_alone_for_ever(receive, provider, firm):
    def file(month):
        return f"월,구군,이용건수\r\n{month}월,중구,3\r\n{month}월,서구,1\r\n{month}월,동구,700\r\n".encode()

    release = receive(provider, firm, file(1), filename="대여_202201.csv").dataset.releases.get()
    (offer,) = cells.offers(release)
    assert release.state == "held" and offer.default == ""
    assert [option.action for option in offer.options] == ["suppress", "merge", "round", "round", "things", "keep"]
    decide(provider, release, "things")
    assert release.state == "draft" and cells.finding(release)["facts"]["kept"]
    receive(provider, firm, file(2), filename="대여_202202.csv")
    assert release.dataset.releases.get(number=2).state == "draft"
    datasets.describe(actor=provider, dataset=release.dataset, licence="kogl-1", frequency="monthly")
    datasets.publish(actor=provider, dataset=release.dataset)
    assert not Publication.objects.exists()


def test_people_are_no_things(held, provider):
    with pytest.raises(DomainError):
        decide(provider, held, "things")


def test_withheld_with_their_amounts_and_next_month_by_itself(held, provider, firm, receive):
    decide(provider, held, "suppress")
    assert held.state == "draft"
    secret = [row for row in rows(held) if row["이용자수"] is None]
    assert len(secret) >= 14 and all(row["이용금액"] is None for row in secret)
    assert all(row["이용자수"] >= 5 for row in rows(held) if row["이용자수"] is not None)
    receive(provider, firm, nations([7, 2, *SMALL[2:]], "2020년 2분기"), filename="국적별 이용_202002.csv")
    second = held.dataset.releases.get(number=2)
    assert second.state == "draft" and all((row["이용자수"] or 5) >= 5 for row in rows(second))


def test_rounded_and_merged(held, provider):
    decide(provider, held, "round:5")
    assert held.state == "draft" and all(row["이용자수"] % 5 == 0 for row in rows(held))


def test_merged_into_others(held, provider):
    decide(provider, held, "merge:국적")
    assert held.state == "draft" and "기타" in {row["국적"] for row in rows(held)}
    assert all((row["이용자수"] or 5) >= 5 for row in rows(held))


def test_as_it_is_needs_a_second_person(held, provider, officer):
    decide(provider, held, "keep")
    assert held.state == "held"
    waiting = Decision.objects.get(kind="small_cells")
    with pytest.raises(DomainError):
        safety.agree(actor=provider, decision=waiting, reason="나")
    jobs.run_now(safety.agree(actor=officer, decision=waiting, reason="공익이 큼"))
    held.refresh_from_db()
    assert held.state == "draft" and min(row["이용자수"] for row in rows(held)) == 1
    datasets.describe(actor=provider, dataset=held.dataset, licence="kogl-1", frequency="quarterly")
    job = safety.withdraw(actor=provider, decision=Decision.objects.get(kind="small_cells"))
    with pytest.raises(DomainError):  # nothing stands for it any more, and it is not read again yet
        datasets.publish(actor=provider, dataset=held.dataset, release=held)
    version = held.version
    jobs.run_now(job)
    held.refresh_from_db()
    assert (held.state, held.version) == ("held", None)
    assert storage.table(held.dataset.resource.uid).files(version) == []


def test_previews_are_for_those_who_may_see_the_rows(held, provider, officer):
    seen = cells.preview(actor=provider, release=held, key="suppress")
    assert (seen.primary, seen.left) == (14, 0) and seen.rows and not seen.says
    assert cells.preview(actor=provider, release=held, key="merge:국적").merged
    assert cells.preview(actor=provider, release=held, key="round:5").moved < 5
    for actor, key in ((officer, "suppress"), (provider, "keep"), (provider, "merge:구"), (provider, "round:7")):
        with pytest.raises(DomainError):
            cells.preview(actor=actor, release=held, key=key)
    assert Release.objects.count() == 1 and storage.table("unused").exists() is False


def test_pages_show_the_offer_and_what_it_would_do(client_of, held, provider, officer):
    base = f"/dataset/{held.dataset.name}/releases/1"
    page = client_of(provider).get(f"{base}/findings/").content.decode()
    assert "이용자수" in page and f"{base}/cells/?option=suppress" in page
    tried = client_of(provider).get(f"{base}/cells/?option=suppress").content.decode()
    assert "<del>3</del> → X" in tried
    assert client_of(provider).get(f"{base}/cells/?option=merge:국적").status_code == 200
    assert client_of(provider).get(f"{base}/cells/?option=nothing").status_code == 422
    assert client_of(provider).get(f"{base}/cells/?option=round").status_code == 200  # the first of its kind
    assert client_of(officer).get(f"{base}/cells/").status_code == 403
    told = client_of(provider).get(f"/api/v1/datasets/{held.dataset.name}/releases/1/cells?option=round:10").json()
    assert told["at_risk"] == 14 and 0 < told["moved"] < 10


def test_what_was_decided_but_does_not_help_is_asked_again(held, provider, firm, receive):
    """Next month one more column counts people: what stands was said of the others."""
    decide(provider, held, "suppress")
    more = nations(SMALL, "2020년 2분기").decode().replace("이용금액", "학생수").encode()
    receive(provider, firm, more, filename="국적별 이용_202002.csv")
    second = held.dataset.releases.get(number=2)
    assert second.state == "held" and [offer.code for offer in safety.undecided(second) if offer.blocking] == ["cells"]


def test_numbers_written_as_text_are_seen_and_only_left_by_two(receive, provider, firm):
    from datadam.catalog import recipes
    from datadam.catalog.services import releases

    release = receive(provider, firm, nations(SMALL), filename="국적별 이용.csv").dataset.releases.get()
    steps = recipes.checked([{"code": "retype", "column": "이용자수", "type": "text", "applied": True}])
    recipes.write(release.dataset, steps, actor=provider)
    jobs.run_now(releases._reread(provider, release, accept_drift=True))
    release.refresh_from_db()
    (offer,) = cells.offers(release)
    assert release.state == "held" and offer.count == 14 and [option.action for option in offer.options] == ["keep"]


def test_a_finer_table_is_asked_about_anew(receive, provider, officer, firm):
    def file(month, *ages):
        head = ["월", "구군", *(["나이"] if ages else []), "이용자수"]
        rows = [f"{month}월,{d},{','.join([*a, '3'])}" for d in ("중구", "서구") for a in ([[a] for a in ages] or [[]])]
        return "\r\n".join([",".join(head), *rows, ""]).encode()

    release = receive(provider, firm, file(1), filename="이용_202201.csv").dataset.releases.get()
    decide(provider, release, "keep")
    jobs.run_now(safety.agree(actor=officer, decision=Decision.objects.get(), reason="공익이 큼"))
    receive(provider, firm, file(2), filename="이용_202202.csv")
    assert release.dataset.releases.get(number=2).state == "draft"
    receive(provider, firm, file(3, "20대", "30대"), filename="이용_202203.csv", dataset=release.dataset)
    third = release.dataset.releases.get(number=3)
    assert "small_cells" in third.report["reasons"]


def test_a_table_too_large_to_be_solved_is_counted_cell_by_cell(receive, provider, firm, monkeypatch):
    monkeypatch.setattr(cell_checks, "MOST", 10)
    release = receive(provider, firm, nations(SMALL), filename="큰 표.csv").dataset.releases.get()
    (offer,) = cells.offers(release)
    assert release.state == "held" and offer.count == 14
    assert [option.action for option in offer.options] == ["keep"] and offer.default == ""


def test_a_count_that_grows_by_a_few_is_held(receive, provider, firm):
    def file(counts, month):
        body = [f"{d},{c}" for d, c in zip(["중구", "서구", "동구", "남구"], counts, strict=True)]
        return "\r\n".join(["구군,누적가입자수", *body, ""]).encode()

    first = receive(provider, firm, file([100, 200, 300, 400], 1), filename="가입자_202201.csv").dataset
    datasets.describe(actor=provider, dataset=first, licence="kogl-1", frequency="monthly")
    datasets.publish(actor=provider, dataset=first)
    assert Publication.objects.get().treatment == "none"
    receive(provider, firm, file([102, 260, 301, 480], 2), filename="가입자_202202.csv")
    second = first.releases.get(number=2)
    assert second.state == "held" and cells.finding(second)["facts"]["differenced"] == 2


def test_publication_and_its_end_stand_in_the_history(held, provider, officer):
    decide(provider, held, "suppress")
    datasets.describe(actor=provider, dataset=held.dataset, licence="kogl-1", frequency="quarterly")
    datasets.publish(actor=provider, dataset=held.dataset, release=held)
    row = Publication.objects.get()
    assert (row.treatment, row.state, row.threshold) == ("suppress", "published", 5) and row.pattern
    datasets.unpublish(actor=provider, dataset=held.dataset)
    row.refresh_from_db()
    assert row.state == "withdrawn"
    datasets.destroy(actor=officer, dataset=held.dataset, reason="잘못")
    row.refresh_from_db()
    assert (row.state, row.facts) == ("destroyed", {})


def test_withdrawn_and_opened_again(held, provider):
    decide(provider, held, "suppress")
    datasets.describe(actor=provider, dataset=held.dataset, licence="kogl-1", frequency="quarterly")
    datasets.publish(actor=provider, dataset=held.dataset, release=held)
    datasets.unpublish(actor=provider, dataset=held.dataset)
    datasets.publish(actor=provider, dataset=held.dataset)
    assert Publication.objects.get().state == "published"


def test_the_usual_is_done_from_the_desk(held, provider):
    made, job = safety.decide_usual(actor=provider, release=held)
    jobs.run_now(job)
    held.refresh_from_db()
    assert held.state == "draft" and [each.action for each in made] == ["suppress"]
    told = next(f for f in held.report["findings"] if f["code"] == "cells_suppress")
    assert told["facts"]["primary"] == 14 and told["count"] >= 14
    assert told["facts"]["blank"] == 2 * told["count"] and held.quality_parts["completeness"] == 1.0


def test_two_drafts_are_compared_before_the_second_is_published(receive, provider, firm):
    def file(counts):
        body = [f"{d},{c}" for d, c in zip(["중구", "서구", "동구", "남구"], counts, strict=True)]
        return "\r\n".join(["구군,누적가입자수", *body, ""]).encode()

    dataset = receive(provider, firm, file([100, 200, 300, 400]), filename="가입자_202201.csv").dataset
    receive(provider, firm, file([102, 260, 301, 480]), filename="가입자_202202.csv")
    first, second = dataset.releases.order_by("number")
    datasets.describe(actor=provider, dataset=dataset, licence="kogl-1", frequency="monthly")
    datasets.publish(actor=provider, dataset=dataset, release=first)
    with pytest.raises(DomainError) as refused:
        datasets.publish(actor=provider, dataset=dataset, release=second)
    assert refused.value.code == "read_again"
    Worker(["light", "heavy"]).drain()
    second.refresh_from_db()
    assert second.state == "held" and cells.finding(second)["facts"]["differenced"] == 2


def test_a_renamed_count_is_compared_all_the_same(receive, provider, firm):
    from datadam.catalog import recipes

    body = "구군,누적가입자수\r\n중구,{}\r\n서구,{}\r\n동구,{}\r\n남구,{}\r\n"
    file = body.format(100, 200, 300, 400).encode()
    dataset = receive(provider, firm, file, filename="가입자_202201.csv").dataset
    datasets.describe(actor=provider, dataset=dataset, licence="kogl-1", frequency="monthly")
    datasets.publish(actor=provider, dataset=dataset)
    step = {"code": "rename", "column": "누적가입자수", "to": "가입자", "applied": True}
    recipes.write(dataset, recipes.checked([step]), actor=provider)
    receive(provider, firm, body.format(102, 260, 301, 480).encode(), filename="가입자_202202.csv")
    assert "small_cells" in dataset.releases.get(number=2).report["reasons"]


def test_columns_left_out_leave_the_small_counts_to_two_people(held, provider):
    from datadam.catalog import recipes
    from datadam.catalog.services import releases

    steps = [{"code": "drop", "column": name, "applied": True} for name in ("국적", "기준분기")]
    recipes.write(held.dataset, recipes.checked(steps), actor=provider)
    jobs.run_now(releases._reread(provider, held, accept_drift=True))
    held.refresh_from_db()
    (offer,) = cells.offers(held)
    assert held.state == "held" and offer.count == 14 and [option.action for option in offer.options] == ["keep"]


def test_rows_added_to_a_treated_table_are_counted_and_treated(held, provider, firm, receive):
    from datadam.catalog.services import pushes

    decide(provider, held, "suppress")
    datasets.describe(actor=provider, dataset=held.dataset, licence="kogl-1", frequency="quarterly")
    datasets.publish(actor=provider, dataset=held.dataset, release=held)
    for n, nation in enumerate(("케냐", "칠레")):
        row = {"기준분기": "2020-01-01", "국적": nation, "구군": "중구", "이용자수": 2, "이용금액": 2000}
        made, _ = pushes.push(
            actor=provider, dataset=held.dataset, stream=io.BytesIO(json.dumps([row]).encode()), filename="a.json",
            key=f"k{n}", mode="append",
        )  # fmt: skip
        jobs.run_now(made.upload.job)
        release = held.dataset.releases.order_by("-number").first()
        assert (release.state, release.rows, len(rows(release))) == ("draft", 31 + n, 31 + n)
        assert rows(release)[-1]["이용자수"] is None and rows(release)[-1]["이용금액"] is None


def test_a_new_total_beside_what_is_withheld_is_asked_about(receive, provider, firm):
    def file(*names):
        rows = [[f"{d}구", 3 + 40 * (n > 0), 70 + n] for n, d in enumerate("가나다라마")]
        rows = [[*row, row[1] + row[2]][: len(names)] for row in rows]
        return "\r\n".join([",".join(names), *(",".join(map(str, row)) for row in rows), ""]).encode()

    release = receive(provider, firm, file("구군", "남자수", "여자수"), filename="수_202201.csv").dataset.releases.get()
    decide(provider, release, "suppress")
    more = file("구군", "남자수", "여자수", "합계")
    receive(provider, firm, more, filename="수_202202.csv", dataset=release.dataset)
    assert "small_cells" in release.dataset.releases.get(number=2).report["reasons"]


def test_rounding_is_not_offered_where_one_makes_up_an_amount(receive, provider, firm):
    file = "구군,이용자수,매출,최대 매출\r\n중구,60,1000,990\r\n서구,70,1000,300\r\n동구,80,1000,200\r\n".encode()
    (offer,) = cells.offers(receive(provider, firm, file, filename="매출.csv").dataset.releases.get())
    assert offer.count == 1 and "round" not in {option.action for option in offer.options}


def test_sums_that_come_later_do_not_tell_what_was_withheld(receive, provider, firm):
    release = receive(provider, firm, FINE.encode(), filename="국적별.csv").dataset.releases.get()
    decide(provider, release, "suppress")
    datasets.describe(actor=provider, dataset=release.dataset, licence="kogl-1", frequency="once")
    datasets.publish(actor=provider, dataset=release.dataset, release=release)
    coarse = receive(provider, firm, "구군,이용자수\r\n중구,92\r\n서구,220\r\n".encode(), filename="구별.csv").dataset
    assert coarse.releases.get().state == "held" and cells.finding(coarse.releases.get())["facts"]["differenced"] == 1
    decide(provider, coarse.releases.get(), "suppress")
    assert [row["이용자수"] for row in rows(coarse.releases.get())] == [None, 220]


def test_what_a_coarser_table_told_is_known(receive, provider, firm):
    """By district and nation, after the sums of the districts were published."""
    coarse = receive(provider, firm, "구군,이용자수\r\n중구,92\r\n서구,220\r\n".encode(), filename="구별.csv").dataset
    datasets.describe(actor=provider, dataset=coarse, licence="kogl-1", frequency="once")
    datasets.publish(actor=provider, dataset=coarse)
    release = receive(provider, firm, FINE.encode(), filename="국적별.csv").dataset.releases.get()
    decide(provider, release, "suppress")
    assert sum(row["이용자수"] is None for row in rows(release)) == 2
