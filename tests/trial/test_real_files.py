"""Real offices' files (DATADAM_TRIAL_DATA): no crash, no row lost, no refusal without a reason.

Their authored twins are tests/lake/test_delimited.py and tests/lake/readers.
"""

import os
import warnings
from pathlib import Path

import pytest

from datadam.lake.intake import open_source, take_in
from datadam.lake.staging import Staging

pytestmark = pytest.mark.trial
ROOT = Path(os.environ.get("DATADAM_TRIAL_DATA", "/nowhere"))
SUFFIXES = {".csv", ".tsv", ".json", ".xlsx", ".xls", ".geojson", ".parquet", ".rda", ".zip", ".dbf"}
FILES = sorted(path for path in ROOT.rglob("*") if path.suffix.lower() in SUFFIXES) if ROOT.is_dir() else []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_it_is_read_or_refused_with_a_reason(path, tmp_path):
    staging = Staging(tmp_path, b"k" * 32)
    with path.open("rb") as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sealed = staging.seal(stream)
        reports = take_in(
            open_source(staging, sealed.id, path.name), staging=staging, table_for=lambda name: None, dry_run=True
        )
    assert reports
    for report in reports:
        assert report.rows_read == report.rows_loaded + report.rows_quarantined + sum(report.rows_set_aside.values())
        if report.status == "refused":
            assert report.reason not in {"", "internal", "engine_failed"}
            assert report.message_ko and report.message_en
        else:
            assert report.columns and len({c.name.casefold() for c in report.columns}) == len(report.columns)
