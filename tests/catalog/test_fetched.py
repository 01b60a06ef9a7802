"""Files that come from a URL."""

import pytest

from datadam.catalog.models import Upload
from datadam.catalog.services import uploads
from datadam.core import fetch, jobs
from datadam.core.errors import DomainError
from tests.serving import serving


@pytest.mark.django_db
def test_a_url_becomes_a_dataset(inside, provider, firm, file):
    body = file()
    with serving(body=body, Content_Length=str(len(body))) as url:
        upload = uploads.receive_url(
            actor=provider, organisation=firm, url=f"{url}/%ED%91%9C_202209.csv?serviceKey=s3cret"
        )
        jobs.run_now(upload.job)
    upload.refresh_from_db()
    assert (upload.state, upload.filename, upload.dataset.title) == ("read", "표_202209.csv", "표")
    assert upload.dataset.source_url == f"{url}/%ED%91%9C_202209.csv" and upload.dataset.releases.get().rows == 3


@pytest.mark.django_db
def test_a_download_cut_short_is_refused(inside, provider, firm, file):
    with serving(body=file()[:20], Content_Length="400") as url:
        upload = uploads.receive_url(actor=provider, organisation=firm, url=f"{url}/a.csv")
        with pytest.raises(DomainError):
            jobs.run_now(upload.job)
    upload.refresh_from_db()
    assert upload.state == "refused" and upload.staged == "" and upload.report[0]["reason"] == "incomplete"


@pytest.mark.django_db
def test_a_private_url_is_refused_at_once(provider, firm):
    with pytest.raises(fetch.AddressRefused):
        uploads.receive_url(actor=provider, organisation=firm, url="http://169.254.169.254/latest/meta-data/")
    assert not Upload.objects.exists()
