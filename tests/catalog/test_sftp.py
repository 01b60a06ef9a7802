"""Files from a real OpenSSH server: each once, resumed where the line broke, and never from a stranger's server."""

import contextlib
import os
import socket
import threading
import time

import paramiko
import pytest

from datadam.catalog.models import Source, Upload
from datadam.catalog.outside import addresses, sftp
from datadam.catalog.services import servers, sources
from datadam.core import clock, jobs, reach
from datadam.core.errors import Conflict, Invalid, NotAllowed
from datadam.core.fetch import AddressRefused, FetchFailed
from datadam.core.models import Event, Job
from datadam.core.reach import Place, ServerFailed
from tests import servers as real

pytestmark = pytest.mark.django_db
SECRET = "p4ssphrase-of-the-key"


@pytest.fixture(scope="module")
def server():
    with real.ssh() as found:
        yield found


@pytest.fixture
def outbox(tmp_path):
    folder = tmp_path / "보낼 것"
    folder.mkdir()
    return folder


@pytest.fixture(autouse=True)
def opened(settings, folders, request):
    """The operator lets the city's people reach the server."""
    settings.KEYS = folders / "keys"
    if "server" in request.fixturenames:
        settings.SOURCE_HOSTS = [("", "127.0.0.1", request.getfixturevalue("server").port)]


def put(folder, name, content, age=120):
    path = folder / name
    path.write_bytes(content)
    at = clock.now().timestamp() - age
    os.utime(path, (at, at))
    return path


def look(source):
    result = jobs.run_now(sources.start(actor=None, source=source))
    source.refresh_from_db()
    return result["outcome"]


@pytest.fixture
def given(server, outbox):
    return {"kind": "sftp", "address": server.address(f"{outbox}/"), "private_key": server.key}


@pytest.fixture
def source(officer, office, server, given):
    return sources.save(
        actor=officer, organisation=office, title="지하철 이용", fingerprint=server.fingerprint, **given
    )


def said(source):
    run = source.runs.first()
    return run.reason, run.message.get("ko", "")


def test_each_new_or_changed_file_comes_once(source, outbox, file):
    put(outbox, "지하철 이용_202209.csv", file())
    put(outbox, ".hidden.csv", file())
    put(outbox, "still-written.csv", file(), age=5)
    os.symlink("/etc/passwd", outbox / "link.csv")
    assert look(source) == "new"
    dataset = source.dataset
    assert dataset.title == "지하철 이용" and dataset.releases.count() == 1
    assert look(source) == "unchanged" and dataset.releases.count() == 1
    put(outbox, "지하철 이용_202209.csv", file(["남구,2022-10-01,7,"]), age=100)
    assert look(source) == "new" and dataset.releases.count() == 2
    assert [each.name for each in source.files.all()] == ["지하철 이용_202209.csv"]


def test_a_pattern_or_a_single_file(officer, office, server, given, outbox, file):
    put(outbox, "a_202209.csv", file())
    put(outbox, "b_202209.txt", b"nothing")
    for path in (f"{outbox}/*.csv", f"{outbox}/a_202209.csv", str(outbox)):
        asked = {**given, "address": server.address(path), "fingerprint": server.fingerprint}
        tried = servers.try_out(actor=officer, organisation=office, given=servers.Given(**asked))
        assert "a_202209.csv" in [each.name for each in tried.files]
        assert len(tried.files) == (2 if path == str(outbox) else 1)


def test_the_first_host_key_is_shown_and_nothing_is_sent_before_it_is_accepted(
    officer, office, server, given, outbox, file
):
    put(outbox, "a_202209.csv", file())
    tried = servers.try_out(actor=officer, organisation=office, given=servers.Given(**given))
    assert (tried.fingerprint, tried.confirmed, tried.files) == (server.fingerprint, False, [])
    source = sources.save(actor=officer, organisation=office, title="x", **given)
    assert source.options == {"fingerprint": "", "offered": server.fingerprint}
    assert look(source) == "failed" and said(source)[0] == "host_key_unconfirmed"
    with pytest.raises(Conflict):
        servers.trust(actor=officer, source=source, fingerprint="SHA256:" + "A" * 43)
    servers.trust(actor=officer, source=source, fingerprint=server.fingerprint)
    assert look(source) == "new"
    assert Event.objects.get(verb="source.trust").data["fingerprint"] == server.fingerprint


def test_a_changed_host_key_fails_until_somebody_accepts_it(officer, office, outbox, file, settings):
    with real.ssh() as other:
        settings.SOURCE_HOSTS = [("", "127.0.0.1", other.port)]
        first = other.fingerprint
        source = sources.save(
            actor=officer, organisation=office, title="x", kind="sftp", fingerprint=first,
            address=other.address(f"{outbox}/"), private_key=other.key,
        )  # fmt: skip
        put(outbox, "a_202209.csv", file())
        other.another_host_key()
        assert look(source) == "failed" and said(source)[0] == "host_key_changed" and "바뀌어" in said(source)[1]
        assert source.options == {"fingerprint": first, "offered": other.fingerprint}
        assert look(source) == "failed" and source.dataset is None
        servers.trust(actor=officer, source=source, fingerprint=other.fingerprint)
        assert look(source) == "new"
        other.stop()
        assert look(source) == "failed" and said(source)[0] == "no_answer"


def test_a_run_that_began_earlier_undoes_no_change_of_a_steward(officer, office, outbox, settings):
    with real.ssh() as server:
        settings.SOURCE_HOSTS = [("", "127.0.0.1", server.port)]
        source = sources.save(
            actor=officer, organisation=office, title="x", kind="sftp", address=server.address(f"{outbox}/"),
            private_key=server.key, fingerprint=server.fingerprint,
        )  # fmt: skip
        stale = Source.objects.get(pk=source.pk)  # as a running job read it
        server.another_host_key()
        look(source)
        servers.trust(actor=officer, source=source, fingerprint=server.fingerprint)
        with pytest.raises(sftp.HostKeyOpen):
            servers.files(stale, officer)
        source.refresh_from_db()
        assert source.options == {"fingerprint": server.fingerprint}
        Source.objects.filter(pk=source.pk).update(kind="postgresql", options={"query": "t", "tls": "require"})
        with pytest.raises(sftp.HostKeyOpen):
            servers.files(stale, officer)
        source.refresh_from_db()
        assert source.options == {"query": "t", "tls": "require"}


def test_failures_are_clear(officer, office, server, source, outbox, tmp_path):
    stranger_key = real.new_key(tmp_path / "other")
    sources.save(actor=officer, organisation=office, source=source, title="x", kind="sftp", private_key=stranger_key)
    source.refresh_from_db()
    assert look(source) == "failed" and said(source)[0] == "bad_credentials"
    sources.save(
        actor=officer, organisation=office, source=source, title="x", kind="sftp", private_key="", password="wrong"
    )
    source.refresh_from_db()
    assert look(source) == "failed" and said(source)[0] == "bad_credentials"
    sources.save(
        actor=officer, organisation=office, source=source, title="x", kind="sftp", private_key=server.key,
        address=server.address(f"{outbox}/none.csv"),
    )  # fmt: skip
    source.refresh_from_db()
    assert look(source) == "failed" and said(source)[0] == "no_such_file"
    with pytest.raises(FetchFailed) as refusal:
        sources.save(
            actor=officer, organisation=office, title="x", kind="sftp", password="x",
            address="sftp://u@no-such-host.invalid/a",
        )  # fmt: skip
    assert refusal.value.code == "host_unknown"


def test_a_file_goes_on_where_the_line_broke(server, outbox, folders):
    content = os.urandom(5 << 20)
    put(outbox, "big.bin", content)
    address = addresses.parsed("sftp", server.address(f"{outbox}/big.bin"), key=server.key)
    place = Place("127.0.0.1", server.port, "127.0.0.1")
    with sftp.session(address, place, server.fingerprint, 60) as session:
        (file,) = session.files()
        download = sftp.Download(session, file)
        got = b""
        while data := download.read(1 << 20):
            got += data
            if len(got) in range(1 << 20, (1 << 20) + sftp.PIECE) or len(got) in range(3 << 20, (3 << 20) + sftp.PIECE):
                session.client.get_channel().get_transport().sock.close()
        assert got == content
        download = sftp.Download(session, file)
        download.read(10)
        put(outbox, "big.bin", content + b"!", age=10)
        session.close()
        with pytest.raises(ServerFailed) as refusal:
            while download.read(1 << 20):
                pass
    assert refusal.value.code == "changed_meanwhile"


def test_memory_stays_bounded(server, outbox, folders):
    import tracemalloc

    from datadam.catalog import storage

    with (outbox / "big.bin").open("wb") as out:
        for _ in range(40):
            out.write(os.urandom(1 << 20))
    address = addresses.parsed("sftp", server.address(f"{outbox}/big.bin"), key=server.key)
    with sftp.session(address, Place("127.0.0.1", server.port, "127.0.0.1"), server.fingerprint, 60) as session:
        (file,) = session.files()
        tracemalloc.start()
        sealed = storage.staging().seal(sftp.Download(session, file))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert sealed.size == 40 << 20 and peak < 24 << 20
    storage.staging().discard(sealed.id)


def test_a_silent_server_is_given_up(settings):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        address = addresses.parsed("sftp", f"sftp://u@127.0.0.1:{port}/a", password="x")
        started = time.monotonic()
        with (
            pytest.raises(FetchFailed) as refusal,
            sftp.session(address, Place("127.0.0.1", port, "127.0.0.1"), "SHA256:" + "A" * 43, 1),
        ):
            pass
    assert refusal.value.code in ("too_slow", "no_answer") and time.monotonic() - started < 20


def test_the_inner_network_is_closed_but_for_what_the_operator_opened(
    settings, inside, officer, office, provider, firm, server, given
):
    with pytest.raises(AddressRefused):  # opened for the city, not for a firm; `inside` is for URLs
        sources.save(actor=provider, organisation=firm, title="x", **given)
    for port in (22, 5432, server.port + 1):
        with pytest.raises(AddressRefused):
            sources.save(
                actor=officer, organisation=office, title="x",
                **{**given, "address": f"sftp://u@127.0.0.1:{port}/a"},
            )  # fmt: skip
    settings.SOURCE_HOSTS = [(firm.name, "127.0.0.1", server.port)]
    assert sources.save(actor=provider, organisation=firm, title="x", **given).pk
    settings.SOURCE_HOSTS = [("elsewhere", "127.0.0.1", server.port)]
    assert look(Source.objects.get()) == "failed" and Source.objects.get().runs.first().reason == "address_refused"


def test_other_people_may_neither_try_nor_set_nor_trust(consumer, stranger, office, firm, source, given):
    for person in (consumer, stranger):
        with pytest.raises(NotAllowed):
            servers.try_out(actor=person, organisation=office, given=servers.Given(**given))
        with pytest.raises(NotAllowed):
            sources.save(actor=person, organisation=office, title="x", **given)
        with pytest.raises(NotAllowed):
            servers.trust(actor=person, source=source, fingerprint="SHA256:" + "A" * 43)


def test_a_secret_goes_to_no_other_server(officer, office, source, server):
    with pytest.raises(Invalid) as refusal:  # another port is another server: its secret must be given anew
        sources.save(
            actor=officer, organisation=office, source=source, title="x", kind="sftp",
            address=f"sftp://somebody@127.0.0.1:{server.port}/a",
        )  # fmt: skip
    assert "password" in refusal.value.data["fields"]
    same = sources.save(
        actor=officer, organisation=office, source=source, title="x", kind="sftp", address=server.address("/tmp/")
    )
    assert addresses.opened(same.sealed).key == server.key and same.options["fingerprint"] == server.fingerprint


def test_secrets_are_stored_sealed_and_shown_nowhere(
    officer, office, server, outbox, file, disk, client_of, caplog, tmp_path
):
    key = real.new_key(tmp_path / "locked", SECRET)
    part = key.splitlines()[2]
    source = sources.save(
        actor=officer, organisation=office, title="x", kind="sftp", address=server.address(f"{outbox}/"),
        private_key=key, password=SECRET, fingerprint=server.fingerprint,
    )  # fmt: skip
    put(outbox, "a_202209.csv", file())
    assert look(source) == "failed"
    rows = [*Source.objects.values(), *Upload.objects.values(), *Event.objects.values(), *Job.objects.values()]
    rows += source.runs.values()
    page = client_of(officer).get(f"/source/{source.pk}/").content.decode()
    for secret in (SECRET, part):
        assert secret not in repr(rows) and secret not in caplog.text and secret not in page and disk(secret) == []
    assert SECRET not in repr(addresses.opened(source.sealed))


@pytest.mark.parametrize(
    "address",
    ["", "sftp://", "sftp://host/a", "sftp://u:pw@host/a", "ftp://u@host/a", "sftp://u@ho st/a", "sftp://u@host:0x/a",
     "sftp://u@host,other/a", "sftp://u@host:99999/a", "sftp://u@host/a%00b"],
)  # fmt: skip
def test_bad_addresses_are_refused_and_not_repeated(officer, office, address):
    with pytest.raises(Invalid) as refusal:
        sources.save(actor=officer, organisation=office, title="x", kind="sftp", address=address, password="pw")
    assert "address" in refusal.value.data["fields"] and "pw" not in repr(refusal.value.data)


def test_what_is_no_key_is_told(officer, office, given):
    with pytest.raises(Invalid) as refusal:
        sources.save(actor=officer, organisation=office, title="x", **{**given, "private_key": "-----BEGIN"})
    assert refusal.value.code == "bad_key"
    with pytest.raises(Invalid):
        sources.save(actor=officer, organisation=office, title="x", fingerprint="MD5:aa", **given)


def test_a_place_is_judged_by_every_address(settings):
    settings.SOURCE_HOSTS = [("", "db.inside.example", 22)]
    assert reach.is_listed("DB.inside.example", 22, "x", of_city=True)
    assert not reach.is_listed("db.inside.example", 22, "x", of_city=False)
    assert not reach.is_listed("db.inside.example", 23, "x", of_city=True)


def test_the_page_tries_saves_and_confirms(client_of, officer, office, server, given, outbox, file):
    put(outbox, "a_202209.csv", file())
    client = client_of(officer)
    sent = {**given, "title": "지하철 이용", "every": "day", "at": "06:00"}
    tried = client.post(f"/organisation/{office.name}/sources/try/", sent, headers={"HX-Request": "true"})
    assert (
        tried.status_code == 200 and server.fingerprint in tried.content.decode() and "<html" not in str(tried.content)
    )
    tried = client.post(f"/organisation/{office.name}/sources/try/", {**sent, "fingerprint": server.fingerprint})
    assert "a_202209.csv" in tried.content.decode() and "<html" in tried.content.decode()
    assert not Source.objects.exists()
    assert client.post(f"/organisation/{office.name}/sources/", sent).status_code == 302
    source = Source.objects.get()
    page = client.get(f"/source/{source.pk}/").content.decode()
    assert server.fingerprint in page and "지문이 같습니다" in page and given["private_key"][40:80] not in page
    assert client.post(f"/source/{source.pk}/do/trust/", {"fingerprint": "x"}).status_code == 409
    assert client.post(f"/source/{source.pk}/do/trust/", {"fingerprint": server.fingerprint}).status_code == 302
    source.refresh_from_db()
    assert look(source) == "new"
    bad = client.post(f"/organisation/{office.name}/sources/try/", {**sent, "address": "sftp://x"})
    assert bad.status_code == 422 and "sftp://user@host" in bad.content.decode()


class Account(paramiko.ServerInterface):
    """What a server of ours learns of who comes to it."""

    def __init__(self):
        self.heard = []

    def get_allowed_auths(self, username):
        return "password"

    def check_auth_password(self, username, password):
        self.heard.append((username, password))
        return paramiko.AUTH_SUCCESSFUL if password == SECRET else paramiko.AUTH_FAILED

    def check_channel_request(self, kind, number):
        return paramiko.OPEN_SUCCEEDED


class OneFile(paramiko.SFTPServerInterface):
    def stat(self, path):
        facts = paramiko.SFTPAttributes()
        facts.st_mode, facts.st_size, facts.st_mtime = 0o100644, 3, 1
        return facts


@pytest.fixture
def account():
    """A server that takes a password: sshd takes only those of the machine's own users."""
    key, account = paramiko.ECDSAKey.generate(), Account()
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            transport = paramiko.Transport(peer)
            transport.add_server_key(key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, OneFile)
            with contextlib.suppress(Exception):
                transport.start_server(server=account)

    threading.Thread(target=serve, daemon=True).start()
    account.port, account.fingerprint = listener.getsockname()[1], key.fingerprint
    yield account
    listener.close()


def test_a_password_opens_the_account_and_is_sent_to_no_unproven_server(account, officer, office, settings):
    settings.SOURCE_HOSTS = [("", "127.0.0.1", account.port)]
    given = {"kind": "sftp", "address": f"sftp://dam@127.0.0.1:{account.port}/a.csv", "password": SECRET}

    def try_out(**other):
        return servers.try_out(actor=officer, organisation=office, given=servers.Given(**{**given, **other}))

    assert try_out().fingerprint == account.fingerprint and account.heard == []
    with pytest.raises(sftp.HostKeyOpen):
        try_out(fingerprint="SHA256:" + "A" * 43)
    source = sources.save(actor=officer, organisation=office, title="x", **given)
    assert look(source) == "failed" and account.heard == []
    assert [each.name for each in try_out(fingerprint=account.fingerprint).files] == ["a.csv"]
    assert account.heard == [("dam", SECRET)]
    with pytest.raises(ServerFailed) as refusal:
        try_out(fingerprint=account.fingerprint, password="wrong")
    assert refusal.value.code == "bad_credentials"


def test_the_operators_list_is_read_at_start_or_stops_it(monkeypatch):
    from datadam.config import env

    monkeypatch.setenv("HOSTS", "db.city.example:5432, harbour-data@10.0.3.7:22,[fd00::1]:3306")
    assert env.hosts("HOSTS") == [
        ("", "db.city.example", 5432),
        ("harbour-data", "10.0.3.7", 22),
        ("", "fd00::1", 3306),
    ]
    for wrong in ("db.city.example", "db:0", "db:99999", "a b:1", "http://db:5432"):
        monkeypatch.setenv("HOSTS", wrong)
        with pytest.raises(env.SettingError):
            env.hosts("HOSTS")
