"""Small files of our own, and datasets made of them by the real services."""

import io

import pytest

HEADER = "시군구,날짜,이용자수,비고"
ROWS = ['해운대구,2022-09-01,"1,200",맑음', '수영구,2022-09-02,"3,400",흐림', '동래구,2022-09-30,"5,000",']


def csv(rows=ROWS, header=HEADER, encoding="cp949") -> bytes:
    return "\r\n".join([header, *rows, ""]).encode(encoding)


@pytest.fixture(autouse=True)
def folders(settings, tmp_path):
    """A lake, a staging and a cache of its own for every test."""
    settings.HOME = tmp_path / "home"
    settings.LAKE, settings.STAGING = str(settings.HOME / "lake"), settings.HOME / "staging"
    settings.HOME.mkdir()
    return settings.HOME


@pytest.fixture
def file():
    """The office's monthly file; `file(rows=…, header=…)` gives other ones."""
    return csv


@pytest.fixture
def receive():
    """Take a file in as the upload page does, with its job run at once; returns the upload."""

    def take(actor, organisation, content, filename="지하철 이용_202209.csv", **options):
        from datadam.catalog.services import uploads
        from datadam.core import jobs

        upload = uploads.receive_file(
            actor=actor, organisation=organisation, stream=io.BytesIO(content), filename=filename, **options
        )
        jobs.run_now(upload.job)
        upload.refresh_from_db()
        return upload

    return take


@pytest.fixture
def draft(receive, provider, firm, file):
    """A dataset of the firm that its steward has not published yet."""
    return receive(provider, firm, file()).dataset


@pytest.fixture
def published(draft, provider):
    """A dataset of the firm that everyone may read."""
    from datadam.catalog.services import datasets

    datasets.describe(actor=provider, dataset=draft, licence="kogl-1", frequency="monthly")
    return datasets.publish(actor=provider, dataset=draft)


@pytest.fixture
def disk(folders):
    """Whether a marker stands in any file under the home, in any of the encodings we write."""

    def holds(marker: str) -> list[str]:
        needles = [marker.encode("utf-8"), marker.encode("cp949"), marker.encode("utf-16-le")]
        found = []
        for path in folders.rglob("*"):
            if path.is_file() and any(needle in path.read_bytes() for needle in needles):
                found.append(str(path.relative_to(folders)))
        return found

    return holds
