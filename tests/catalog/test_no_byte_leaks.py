"""No byte of seeded personal data is in clear anywhere before a decision: pages, API, database, log or disk.

Each identifier is looked for as it was written and without separators, in UTF-8, CP949 and UTF-16. What can be known
to be personal by its form alone (numbers, addresses of e-mail) is seeded everywhere. A lone name, home address or birth
date with nothing beside it cannot be known to be personal: those are seeded as columns beside each other only.
"""

import gzip
import io
import json
import logging
import zipfile

import pyarrow.parquet as pq
import pytest
from django.apps import apps
from django.db import connection
from django.urls import reverse

RESIDENT = "850312-1234563"
NUMBERS = {
    "주민등록번호": RESIDENT,
    "휴대전화": "010-9274-6183",
    "전자우편": "haneul.seo@busanmail.kr",
    "카드번호": "4539-5787-6362-1486",
    "운전면허번호": "21-07-345678-52",
    "여권번호": "M48291736",
    "차량번호": "37루4826",
}
PEOPLE = {"성명": "제갈하늘솔", "생년월일": "1985-03-12", "주소": "부산광역시 수영구 광안해변로 219, 103동 1502호"}
SEEDED = {**NUMBERS, **PEOPLE}


def needles(values):
    """Every way a value may be written down."""
    texts = {form for value in values for form in (value, value.replace("-", ""), value.replace("-", " "))}
    for value in values:
        texts.add(json.dumps(value)[1:-1])
    return {text.encode(code) for text in texts for code in ("utf-8", "cp949", "utf-16-le")}


def contents(path):
    """The bytes of a file as they are, and decompressed."""
    yield path.read_bytes()
    if path.suffix == ".parquet":
        yield repr(pq.read_table(path).to_pydict()).encode()
    if path.suffix == ".gz":
        yield gzip.decompress(path.read_bytes())


def leaked(seeded, data):
    return sorted({needle.decode("utf-8", "replace") for needle in needles(seeded) if needle in data})


def on_disk(home, seeded):
    files = [path for path in home.rglob("*") if path.is_file()]
    return {str(p.relative_to(home)): found for p in files for data in contents(p) if (found := leaked(seeded, data))}


def in_database(seeded):
    """Every row of every table, as the database holds it."""
    found = {}
    for table in {model._meta.db_table for model in apps.get_models(include_auto_created=True)}:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            data = repr(cursor.fetchall()).encode()
        if told := leaked(seeded, data):
            found[table] = told
    return found


PAGES = ["dataset", "dataset_history", "dataset_edit", "dataset_recipe", "dataset_standard", "dataset_portal"]


def addresses(upload):
    """Pages and API answers that tell of an upload, its datasets and their releases."""
    yield from ("/", "/datasets/", "/notices/", "/api/v1/datasets", f"/api/v1/uploads/{upload.pk}")
    yield reverse("upload", args=[upload.pk])
    yield reverse("upload_progress", args=[upload.pk])
    yield reverse("organisation", args=[upload.organisation.name])
    yield reverse("organisation_history", args=[upload.organisation.name])
    for at in range(2):
        yield reverse("table_draw", args=[upload.pk, at])
        yield reverse("table_compare", args=[upload.pk, at])
        yield f"/api/v1/uploads/{upload.pk}/tables/{at}"
    for release in upload.releases.select_related("dataset"):
        name = release.dataset.name
        yield from (reverse(f"{page}", args=[name]) for page in PAGES)
        yield from (reverse(f"{page}", args=[name, release.number]) for page in ("release", "release_changes"))
        api = f"/api/v1/datasets/{name}"
        yield from (api, f"{api}/releases", f"{api}/recipe", f"{api}/releases/{release.number}")
        yield from (f"{api}/rows", f"{api}/releases/{release.number}/quarantine")


@pytest.fixture
def searched(folders, client_of, provider, officer, operator, citizen, caplog):
    """Search everything that anyone can open, and everything that is written down."""
    caplog.set_level(logging.DEBUG)

    def search(upload, seeded):
        found = {}
        for person in (None, citizen, provider, officer, operator):
            client = client_of(person)
            for url in addresses(upload):
                answer = client.get(url)
                assert answer.status_code < 500, url
                body = b"".join(answer.streaming_content) if answer.streaming else answer.content
                if told := leaked(seeded, body):
                    found[f"{url} as {person}"] = told
        told = leaked(seeded, (caplog.text + repr([r.__dict__ for r in caplog.records])).encode())
        return {**found, **in_database(seeded), **on_disk(folders, seeded), **({"log": told} if told else {})}

    return search


def table(header, *rows, encoding="cp949"):
    return "\r\n".join([",".join(header), *(",".join(row) for row in rows), ""]).encode(encoding)


def quoted(value):
    return f'"{value}"'


def columns(encoding="cp949"):
    return table(SEEDED, *[list(map(quoted, SEEDED.values()))] * 6, encoding=encoding)


def archive(name, content):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr(name, content)
    return made.getvalue()


PLAIN = [["해운대구", "1200", "맑음"], ["수영구", "3400", "흐림"], ["동래구", "5000", "비"]]
HEAD = ["구군", "이용자수", "비고"]
EVERY = " ".join(f"{kind} {value}" for kind, value in NUMBERS.items())
CASES = {
    "columns": ("명단.csv", columns(), SEEDED),
    "utf-8": ("명단.csv", columns("utf-8"), SEEDED),
    "utf-16": ("명단.csv", columns("utf-16"), SEEDED),
    "free text": ("상담.csv", table(HEAD, *[[*row[:2], f"문의 {EVERY}"] for row in PLAIN]), NUMBERS),
    "no hyphen": ("명단.csv", table(["주민번호", "수"], *[[RESIDENT.replace("-", ""), "1"]] * 5), ["주민등록번호"]),
    "header": ("이용.csv", table(["구군", f"수 {RESIDENT}", "비고"], *PLAIN), ["주민등록번호"]),
    "breaks a type": (
        "이용.csv",
        table(HEAD, *PLAIN * 40, ["남구", quoted(RESIDENT), "맑음"]),
        ["주민등록번호"],
    ),
    "ragged row": ("이용.csv", table(HEAD, *PLAIN * 40, ["남구", "1", "맑음", RESIDENT, "x"]), ["주민등록번호"]),
    "title": ("이용.csv", f"담당 {EVERY}\r\n".encode("cp949") + table(HEAD, *PLAIN * 3), NUMBERS),
    "total": ("이용.csv", table(HEAD, *PLAIN * 3, ["합계", "9600", f"담당 {RESIDENT}"]), ["주민등록번호"]),
    "footnote": ("이용.csv", table(HEAD, *PLAIN * 3) + f"※ 문의: {EVERY}\r\n".encode("cp949"), NUMBERS),
    "json": ("명단.json", json.dumps([SEEDED] * 5, ensure_ascii=False).encode(), SEEDED),
    "json key": ("이용.json", json.dumps([{"구군": "남구", f"수 {RESIDENT}": 1}] * 5).encode(), ["주민등록번호"]),
    "file name": (f"면담 {RESIDENT}.csv", table(HEAD, *PLAIN), ["주민등록번호"]),
    "member name": ("묶음.zip", archive(f"면담 {RESIDENT}.csv", table(HEAD, *PLAIN)), ["주민등록번호"]),
    "refused": ("망가짐.xlsx", f"담당 {EVERY}".encode(), NUMBERS),
}


@pytest.mark.parametrize("case", CASES)
def test_nothing_is_in_clear_before_a_decision(case, receive, provider, firm, searched):
    filename, content, kinds = CASES[case]
    upload = receive(provider, firm, content, filename)
    assert searched(upload, [SEEDED[kind] for kind in kinds]) == {}
