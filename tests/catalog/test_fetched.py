"""Files that come from a URL."""

import pytest

from datadam.catalog.models import Upload
from datadam.catalog.services import uploads
from datadam.core import fetch, jobs
from datadam.core.errors import DomainError, Invalid
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
def test_a_service_key_in_an_address_is_stored_sealed_and_only_until_it_is_fetched(inside, provider, firm, file):
    body = file()
    with serving(body=body, Content_Length=str(len(body))) as url:
        given = f"{url}/a_202209.csv?serviceKey=s3cret"
        upload = uploads.receive_url(actor=provider, organisation=firm, url=given)
        row = Upload.objects.values().get(pk=upload.pk)
        assert "s3cret" not in str(row) and row["url"].endswith("/a_202209.csv?…") and row["sealed"]
        jobs.run_now(upload.job)
    upload.refresh_from_db()
    assert upload.dataset and upload.sealed == ""


@pytest.mark.django_db
def test_a_bad_address_is_not_repeated_in_the_refusal(provider, firm):
    with pytest.raises(Invalid) as refusal:
        uploads.receive_url(actor=provider, organisation=firm, url="ftp://example.kr/a.csv?serviceKey=s3cret")
    assert "s3cret" not in str(refusal.value.data)


@pytest.mark.django_db
def test_a_private_url_is_refused_at_once(provider, firm):
    with pytest.raises(fetch.AddressRefused):
        uploads.receive_url(actor=provider, organisation=firm, url="http://169.254.169.254/latest/meta-data/")
    assert not Upload.objects.exists()
