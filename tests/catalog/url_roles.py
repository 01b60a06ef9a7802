"""Who gets what answer at the catalogue's URLs."""

import io

from tests.url_roles import Row

FILE = "구군,날짜,이용자수\r\n해운대구,2022-09-01,1200\r\n수영구,2022-09-02,3400\r\n".encode("cp949")
GROUPS = {"insiders": ("provider", "officer", "operator"), "stewards": ("provider", "stranger", "officer", "operator")}


def draft(cast):
    """A dataset of the firm that is not published, with its upload."""
    from datadam.catalog.services import uploads
    from datadam.core import jobs

    upload = uploads.receive_file(
        actor=cast.provider, organisation=cast.firm, stream=io.BytesIO(FILE), filename="이용_202209.csv"
    )
    jobs.run_now(upload.job)
    upload.refresh_from_db()
    return {
        "name": upload.dataset.name,
        "number": 1,
        "pk": upload.pk,
        "fmt": "csv",
        "format": "csv",
        "dataset": upload.dataset,
    }


def published(cast):
    """The same, open to everybody."""
    from datadam.catalog.services import datasets

    made = draft(cast)
    datasets.describe(actor=cast.provider, dataset=made["dataset"], licence="kogl-1", frequency="monthly")
    datasets.publish(actor=cast.provider, dataset=made["dataset"])
    return made


def files(cast):
    """A file set of the firm, open to everybody."""
    from datadam.catalog.services import datasets, uploads
    from datadam.core import jobs
    from tests.media import picture, zipped

    content = io.BytesIO(zipped({"a.png": picture(), "b.png": picture((1, 1, 1))}))
    upload = uploads.receive_file(actor=cast.provider, organisation=cast.firm, stream=content, filename="사진.zip")
    jobs.run_now(upload.job)
    upload.refresh_from_db()
    datasets.describe(actor=cast.provider, dataset=upload.dataset, licence="kogl-1", frequency="once")
    datasets.publish(actor=cast.provider, dataset=upload.dataset)
    return {"name": upload.dataset.name, "path": "a.png"}


def counted(cast):
    """A held release of the firm that counts people, some of them few; a history of nothing yet."""
    from datadam.catalog.services import uploads
    from datadam.core import jobs

    content = "구군,이용자수\r\n중구,3\r\n서구,700\r\n동구,900\r\n".encode()
    upload = uploads.receive_file(
        actor=cast.provider, organisation=cast.firm, stream=io.BytesIO(content), filename="구별 이용.csv"
    )
    jobs.run_now(upload.job)
    upload.refresh_from_db()
    return {"name": upload.dataset.name, "number": 1}


def firm(cast):
    """The provider's firm."""
    return {"name": cast.firm.name}


def coming(cast):
    """A file that the provider announced and of which nothing has come."""
    from datadam.catalog.services import arriving

    made = arriving.announce(actor=cast.provider, organisation=cast.firm, filename="a.csv", size=100)
    return {"pk": made.pk}


def source(cast):
    """Where the files of the draft come from."""
    from datadam.catalog.services import sources

    made = draft(cast)
    found = sources.save(
        actor=cast.provider,
        organisation=cast.firm,
        dataset=made["dataset"],
        address="https://8.8.8.8/a.csv",
        every="month",
    )
    return {"pk": found.pk, "name": made["name"]}


def kept(cast):
    """A draft of its own: of the others, a discarded file does not come back for the next person."""
    return draft(cast)


def ruled(cast):
    """The draft with a quality rule that its steward added."""
    from datadam.catalog.services import rules

    made = draft(cast)
    options = {"max": 2000}
    rule = rules.add(actor=cast.provider, dataset=made["dataset"], kind="range", columns=["이용자수"], options=options)
    return {"name": made["name"], "number": 1, "pk": rule.pk}


def held(cast):
    """A release that is held for personal data, with a decision that waits for a second person."""
    from datadam.catalog.services import safety, uploads
    from datadam.core import jobs

    rows = "".join(f"{n},010-12{n}4-56{n}8\r\n" for n in range(10))
    upload = uploads.receive_file(
        actor=cast.provider,
        organisation=cast.firm,
        stream=io.BytesIO(f"번호,휴대전화\r\n{rows}".encode()),
        filename="연락.csv",
    )
    jobs.run_now(upload.job)
    release = upload.releases.get()
    about = safety.offered(release)[0].about
    made, _ = safety.decide(
        actor=cast.provider, release=release, decisions=[safety.chosen(release, about, "keep")], reason="대표 번호"
    )
    return {"name": release.dataset.name, "number": 1, "pk": made[0].pk}


PLACES = {
    "ruled": ruled,
    "held": held,
    "counted": counted,
    "draft": draft,
    "kept": kept,
    "published": published,
    "files": files,
    "firm": firm,
    "source": source,
    "coming": coming,
}
OWNER = {"provider": 200, "officer": 403, "operator": 403}  # what is not published is for the owner's stewards
HIDDEN = {"at": "draft", "everyone": 404, "insiders": 200}
OPEN = {"at": "published", "everyone": 200}
FOR_INSIDERS = {"at": "draft", "nobody": "login", "everyone": 404}
TEXT = {"title": "새 이름"}
ROWS = [
    Row("GET home", everyone=200),
    Row("GET dataset_list", everyone=200),
    Row("GET organisation", at="firm", everyone=200),
    *(
        Row(f"GET {name}", **place)
        for place in (HIDDEN, OPEN)
        for name in (
            *("dataset", "release", "release_changes"),
            *("api:show_dataset", "api:show_quality", "api:list_releases", "api:show_release"),
        )
    ),
    *(
        Row(f"GET {name}", **place)
        for place in ({"at": "draft", "everyone": 404, **OWNER}, OPEN)
        for name in (*("dataset_download", "api:rows", "api:release_rows", "api:download", "api:release_download"),)
    ),
]
PUSH = {"headers": {"Idempotency-Key": "k"}}
ROWS += [
    Row("GET dataset_edit", **FOR_INSIDERS, insiders=200),
    Row("POST dataset_edit", **FOR_INSIDERS, data=TEXT | {"frequency": "monthly", "licence": "kogl-1"}, insiders=302),
    Row("GET dataset_edit", at="published", nobody="login", everyone=403, insiders=200),
    Row("POST dataset_act action=publish", **FOR_INSIDERS, insiders=302),
    Row("POST dataset_act action=withdraw", at="published", nobody="login", everyone=403, insiders=302),
    Row("POST dataset_act action=destroy", at="published", nobody="login", everyone=404),
    Row("POST release_act action=publish", **FOR_INSIDERS, insiders=422),
    Row("POST release_act action=decide", **FOR_INSIDERS, insiders=302),
    Row("POST release_act action=discard", **FOR_INSIDERS, insiders=302),
    Row("GET evidence", nobody="login", everyone=403, stewards=200),
    Row("GET evidence", at="firm", query={"organisation": "harbour-data"}, nobody="login", everyone=403, insiders=200),
    Row("GET api:evidence", nobody=401, everyone=403, stewards=200),
    Row("GET api:evidence", at="firm", query={"organisation": "harbour-data"}, nobody=401, everyone=403, insiders=200),
    Row("GET upload_new", nobody="login", everyone=200),
    Row("POST upload_new", at="firm", data={"organisation": "harbour-data"}, nobody="login", everyone=422),
    Row("GET upload", **FOR_INSIDERS, insiders=200),
    Row("GET upload_progress", **FOR_INSIDERS, insiders=200),
    Row("POST upload_discard", **FOR_INSIDERS, insiders=302),
    Row("GET api:list_datasets", everyone=200),
    Row("PATCH api:describe_dataset", at="draft", json=TEXT, everyone=404, nobody=401, insiders=200),
    Row("PATCH api:describe_dataset", at="published", json=TEXT, everyone=403, nobody=401, insiders=200),
    Row("POST api:publish", at="draft", everyone=404, nobody=401, insiders=422),
    Row("POST api:unpublish", at="published", everyone=403, nobody=401, insiders=200),
    Row("POST api:decide", at="draft", json={"decisions": {}}, everyone=404, nobody=401, insiders=202),
    Row("POST api:decide", at="published", json={"decisions": {}}, everyone=403, nobody=401, insiders=202),
    Row("POST api:accept_drift", at="published", everyone=403, nobody=401, insiders=409),
    Row("POST api:upload", at="firm", data={"organisation": "harbour-data"}, everyone=422, nobody=401),
    Row("POST api:push_rows", at="draft", json=[{"구군": "남구"}], everyone=404, nobody=401, insiders=422),
    Row("POST api:push_rows", at="published", json=[], **PUSH, everyone=403, nobody=401, insiders=202),
    Row("POST api:push_file", at="published", **PUSH, everyone=422, nobody=401),
    Row("GET api:show_upload", at="draft", everyone=404, nobody=401, insiders=200),
]
ROWS += [
    *(
        Row(f"GET {name}", at="files", everyone=200)
        for name in (
            *("dataset_files", "dataset_files_zip", "dataset_files_sums"),
            *("dataset_file", "dataset_file_raw", "dataset_file_thumb"),
            *("api:files", "api:files_zip", "api:files_sha256"),
        )
    ),
    Row("GET api:one_file", at="files", query={"path": "a.png"}, everyone=200),
]
TUS = {"headers": {"Tus-Resumable": "1.0.0"}, "nobody": 401}
ROWS += [
    Row("OPTIONS api:options", everyone=204),
    Row("POST api:create", **TUS, everyone=404),
    Row("HEAD api:file", at="coming", **TUS, everyone=404, provider=200),
    Row("PATCH api:piece", at="coming", **TUS, everyone=415),
    Row("DELETE api:withdraw", at="coming", **TUS, everyone=404, provider=204),
]
FOR_FIRM = {"at": "firm", "nobody": "login", "everyone": 403}
OF_SOURCE = {"at": "source", "nobody": "login", "everyone": 404}
ROWS += [
    Row("GET organisation_history", **FOR_FIRM, officer=200, operator=200),
    Row("GET organisation_sources", **FOR_FIRM, insiders=200),
    Row("POST source_try", **FOR_FIRM, insiders=422),
    Row("POST organisation_sources", **FOR_FIRM, insiders=422),
    *(
        Row(f"GET {name}", **FOR_INSIDERS, insiders=200)
        for name in ("dataset_history", "dataset_recipe", "dataset_source")
    ),
    Row("POST dataset_recipe", **FOR_INSIDERS, insiders=302),
    Row("POST recipe_back version=1", **FOR_INSIDERS, insiders=302),
    Row("POST dataset_source", **FOR_INSIDERS, insiders=422),
    Row("GET source", **OF_SOURCE, insiders=200),
    Row("POST source", **OF_SOURCE, insiders=302),
    Row("POST source_act action=pause", **OF_SOURCE, insiders=302),
    Row("POST source_act action=trust", **OF_SOURCE, insiders=409),
    Row("GET api:show_recipe", at="draft", everyone=404, nobody=401, insiders=200),
    Row("PUT api:write_recipe", at="draft", json={"text": "literal"}, everyone=404, nobody=401, insiders=200),
    Row("GET table_draw at=0", at="kept", nobody="login", everyone=404, **OWNER),
    Row(
        "POST table_draw at=0",
        at="kept",
        nobody="login",
        everyone=404,
        data={"by_hand": "on", "header_from": "1"},
        **OWNER,
    ),
    Row("GET table_compare at=0", at="kept", nobody="login", everyone=404, query={"step": "date:날짜"}, **OWNER),
    Row("GET api:raw_cells at=0", at="kept", everyone=404, nobody=401, **OWNER),
    Row("GET api:compare at=0", at="kept", query={"step": "date:날짜"}, everyone=404, nobody=401, **OWNER),
    Row(
        "POST api:draw at=0",
        at="kept",
        json={"text": "table header 1"},
        everyone=404,
        nobody=401,
        **{**OWNER, "provider": 202},
    ),
    Row("GET api:list_sources", at="firm", everyone=403, nobody=401, insiders=200),
    Row("POST api:run_source", at="source", everyone=404, nobody=401, insiders=202),
    Row("GET glossary", everyone=200),
    Row("POST glossary", data={}, nobody=403, everyone=403, officer=422, operator=422),
    Row("GET city_standard", nobody="login", everyone=403, officer=200, operator=200),
    Row("GET organisation_standard", **FOR_FIRM, insiders=200),
    Row("GET dataset_standard", **FOR_INSIDERS, insiders=200),
    Row("POST dataset_standard_act action=accept_sure", **FOR_INSIDERS, insiders=302),
    Row("POST dataset_standard_act action=decline", **FOR_INSIDERS, data={"column": "a", "term": "b"}, insiders=302),
    Row("GET portal", nobody="login", everyone=403, officer=200, operator=200),
    Row("POST portal", data={}, nobody="login", everyone=403, officer=422, operator=422),
    Row("GET organisation_portal", **FOR_FIRM, insiders=200),
    Row("GET dataset_portal", **FOR_INSIDERS, insiders=200),
    Row("POST portal_pair", **FOR_INSIDERS, insiders=404),
    Row("GET api:search_glossary", everyone=200),
    Row("GET api:dataset_conformance", at="draft", everyone=404, nobody=401, insiders=200),
    Row("POST api:accept_match", at="draft", json={}, everyone=404, nobody=401, insiders=409),
    Row(
        "POST api:decline_match", at="draft", json={"column": "a", "term": "b"}, everyone=404, nobody=401, insiders=200
    ),
    Row("GET api:organisation_conformance", at="firm", everyone=403, nobody=401, insiders=200),
    Row("GET api:city_conformance", everyone=403, nobody=401, officer=200, operator=200),
    Row("GET api:dataset_portal", at="draft", everyone=404, nobody=401, insiders=200),
    Row("GET api:organisation_portal", at="firm", everyone=403, nobody=401, insiders=200),
    Row("GET api:compare_portal", everyone=403, nobody=401, officer=200, operator=200),
]
RULED = {"at": "ruled", "nobody": "login", "everyone": 404}
RULED_API = {"at": "ruled", "nobody": 401, "everyone": 404}
RANGE = {"columns": ["이용자수"], "options": {"max": 5000}}
ROWS += [
    Row("GET dataset_rules", **HIDDEN),
    Row("GET dataset_rules", **OPEN),
    Row("GET rule_new kind=range", **RULED, insiders=200),
    Row("POST rule_new kind=range", **RULED, data={"columns": "이용자수", "max": "9000"}, insiders=302),
    Row("GET rule", **RULED, insiders=200),
    Row("POST rule", **RULED, data={"columns": "이용자수", "max": "9000"}, insiders=302),
    Row("POST rules_act action=propose", **RULED, **{**OWNER, "provider": 302}),
    Row("GET rule_rows", **RULED, query={"release": "1"}, **OWNER),
    Row("POST rules_overrule", **RULED, data={"reason": "축제"}, insiders=422),
    Row("GET api:list_rules", **HIDDEN),
    Row("GET api:list_rules", **OPEN),
    Row("POST api:add_rule", **RULED_API, json={"kind": "range", **RANGE}, insiders=201),
    Row("POST api:try_new_rule", **RULED_API, json={"kind": "range", **RANGE}, **OWNER),
    Row("POST api:propose_rules", **RULED_API, **OWNER),
    Row("POST api:accept_rules", **RULED_API, json={"rules": []}, insiders=404),
    Row("PUT api:edit_rule", **RULED_API, json=RANGE, insiders=200),
    Row("POST api:switch_rule_off", **RULED_API, insiders=200),
    Row("GET api:failing_rows", **RULED_API, query={"release": "1"}, **OWNER),
    Row("POST api:accept_failures", **RULED_API, json={"reason": "축제"}, insiders=422),
    Row("DELETE api:take_back", **RULED_API, insiders=409),
]
AT_HELD = {"at": "held", "everyone": 404}
WHY = {"reason": "까닭"}
ROWS += [
    Row("GET release_findings", **AT_HELD, nobody="login", insiders=200),
    Row("POST release_findings", **AT_HELD, nobody="login", data=WHY, insiders=422),
    Row("POST decision_act action=agree", **AT_HELD, nobody="login", data=WHY, officer=302, operator=302, provider=403),
    Row("POST decision_act action=withdraw", **AT_HELD, nobody="login", insiders=302),
    Row("GET release_cells", at="counted", everyone=404, nobody="login", provider=200, officer=403, operator=403),
    Row("GET api:try_cells", at="counted", everyone=404, nobody=401, provider=200, officer=403, operator=403),
    Row("GET api:show_findings", **AT_HELD, nobody=401, insiders=200),
    Row("POST api:make_decisions", **AT_HELD, nobody=401, json=WHY, insiders=422),
    Row("POST api:agree_decision", **AT_HELD, nobody=401, json=WHY, officer=200, operator=200, provider=403),
    Row("POST api:refuse_decision", **AT_HELD, nobody=401, json=WHY, officer=200, operator=200, provider=403),
    Row("POST api:withdraw_decision", **AT_HELD, nobody=401, insiders=200),
]
