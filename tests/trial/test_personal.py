"""Offices' real files hold hardly any private data: no more than 0.5 % of their columns may hold a release.

On 2026-11-28 it was 24 of 9,608 columns, one of them wrong (addresses of mail for a header); the others are people's
mobiles and mail, and files made up to hold such data. Its authored twins are in tests/lake/personal.
"""

import warnings

import pytest

from datadam.lake.intake import open_source, take_in
from datadam.lake.staging import Staging
from tests.trial.test_real_files import FILES

pytestmark = pytest.mark.trial


def test_few_columns_of_real_files_hold_a_release(tmp_path):
    staging, columns, holding = Staging(tmp_path, b"k" * 32), 0, []
    for path in FILES:
        with path.open("rb") as stream, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            source = open_source(staging, staging.seal(stream).id, path.name)
            for report in take_in(source, staging=staging, table_for=lambda name: None, dry_run=True):
                columns += len(report.columns) or 1
                told = [f for f in report.findings if f.code.startswith("personal_") and f.blocking]
                holding += [(path.name, f.column, f.code) for f in told]
                holding += [(path.name, "", report.reason)] if report.reason == "personal_header" else []
    assert columns > 5_000 and len(holding) <= 0.005 * columns, holding
