"""The same table in every form that offices give it becomes the same rows of the same types."""

import json

import pytest

from tests.lake.readers import test_reader_documents as documents
from tests.lake.readers import test_reader_r as r
from tests.lake.readers import test_reader_xls as old
from tests.lake.readers import test_reader_xml as xml

NAMES = ["코드", "이름", "이용자수", "기준일"]
ROWS = [["007", "부산진구", "1,234", "2024-01-31"], ["008", "해운대구", "98,765", "2024-02-29"], ["011", "", "-", ""]]
LOADED = [("007", "부산진구", 1234, "2024-01-31"), ("008", "해운대구", 98765, "2024-02-29"), ("011", None, None, None)]
TABLE = [NAMES, *ROWS]
RECORDS = [dict(zip(NAMES, row, strict=True)) for row in ROWS]
COLUMNS = {name: [row[at] for row in ROWS] for at, name in enumerate(NAMES)}
FILES = {
    "xls": old.workbook(("자료", TABLE)),
    "hwpx": documents.document(documents.hwp_table(TABLE)),
    "html": documents.page(TABLE, encoding="euc-kr"),
    "xml_spreadsheet": documents.old_xml(
        ("자료", "".join(f"<Row>{''.join(map(documents.data, row))}</Row>" for row in TABLE))
    ),
    "xml": xml.answer(xml.items(RECORDS), total=3),
    "json": json.dumps({"currentCount": 3, "data": RECORDS, "totalCount": 3}).encode(),
    "rdata": r.plain_file(**COLUMNS),
    "csv": "\n".join(",".join(f'"{cell}"' for cell in row) for row in TABLE).encode("cp949"),
}


@pytest.mark.parametrize("kind", FILES)
def test_every_form_of_a_table_gives_the_same_rows(lake, kind):
    report = lake.one(FILES[kind])
    assert (report.status, report.format, report.rows_loaded, report.rows_quarantined) == ("loaded", kind, 3, 0)
    assert [(column.name, column.type) for column in report.columns] == list(
        zip(NAMES, ["text", "text", "integer", "date"], strict=True)
    )
    rows = [tuple(str(v) if hasattr(v, "isoformat") else v or None for v in row.values()) for row in lake.rows(report)]
    assert rows == LOADED


def test_further_pages_are_a_finding_of_the_report(lake):
    report = lake.one(xml.answer(xml.items(RECORDS), total=10))
    assert ("more_pages", 7) in [(finding.code, finding.count) for finding in report.findings]
