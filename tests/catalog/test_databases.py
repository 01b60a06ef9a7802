"""Rows of a real PostgreSQL and a real MariaDB: types, NULLs, read only, never in clear, never past the wall."""

import contextlib
import datetime as dt
import socket
import ssl
import struct
import tempfile
import threading
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from datadam.catalog import selectors, storage
from datadam.catalog.models import Source, Upload
from datadam.catalog.outside import addresses, databases, statements
from datadam.catalog.services import datasets, servers, sources
from datadam.core import jobs
from datadam.core.errors import DomainError, Invalid, NotAllowed
from datadam.core.fetch import AddressRefused
from datadam.core.models import Event, Job
from datadam.core.reach import Place, ServerFailed
from tests import servers as real

pytestmark = pytest.mark.django_db
SECRET = "reader's s3cret"

POSTGRESQL = """
CREATE TYPE grade AS ENUM ('상', '하');
CREATE TABLE rides (
  id bigint PRIMARY KEY, code varchar(8), district text, riders integer, fare numeric(12,2), big numeric(30,5),
  free numeric, ratio double precision, open boolean, day date, local timestamp, moment timestamptz, clock time,
  facts jsonb, tags text[], level grade, uid uuid, raw bytea, empty integer
);
COMMENT ON COLUMN rides.riders IS '하루 이용자 수 (단위: 명)';
COMMENT ON COLUMN rides.fare IS '평균 요금(원)';
INSERT INTO rides VALUES
  (1, '0101', '해운대구', 1200, 1550.50, 12345678901234567890.12345, 0.5, 0.25, true, '2022-09-01',
   '2022-09-01 09:00', '2022-09-01 09:00+09', '09:30', '{"a": [1, null]}', '{가,나}', '상',
   'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'abc', NULL),
  (2, '12', '', NULL, NULL, NULL, NULL, NULL, false, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (3, NULL, NULL, 3400, 0.01, 1, 1e20, 'NaN', NULL, '1999-12-31', '1999-12-31 23:59:59.5',
   '1999-12-31 23:59:59.5+00', '23:59:59', '"글"', '{}', '하', NULL, '', NULL);
CREATE VIEW busy AS SELECT district, riders FROM rides WHERE riders > 2000;
CREATE TABLE hidden (x int);
CREATE ROLE reader LOGIN PASSWORD 'reader''s s3cret';
GRANT SELECT ON rides, busy TO reader;
"""
MYSQL = """
CREATE TABLE rides (
  id BIGINT UNSIGNED PRIMARY KEY, code VARCHAR(8), district TEXT, riders INT COMMENT '하루 이용자 수 (단위: 명)',
  fare DECIMAL(12,2) COMMENT '평균 요금(원)', big DECIMAL(30,5), ratio DOUBLE, open BOOLEAN, bits BIT(1), day DATE,
  local DATETIME(3), moment TIMESTAMP NULL, clock TIME, facts JSON, level ENUM('상','하'), raw VARBINARY(10), year YEAR,
  empty INT
);
SET sql_mode = '';
SET time_zone = '+09:00';
INSERT INTO rides VALUES
  (1, '0101', '해운대구', 1200, 1550.50, 12345678901234567890.12345, 0.25, true, b'1', '2022-09-01',
   '2022-09-01 09:00:00', '2022-09-01 09:00:00', '09:30:00', '{"a": [1, null]}', '상', 'abc', 2022, NULL),
  (2, '12', '', NULL, NULL, NULL, NULL, false, b'0', '0000-00-00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (18446744073709551, NULL, NULL, 3400, 0.01, 1, -1.5, NULL, NULL, '1999-12-31', '1999-12-31 23:59:59.5', NULL,
   '23:59:59', '"글"', '하', '', NULL, NULL);
CREATE VIEW busy AS SELECT district, riders FROM rides WHERE riders > 2000;
CREATE TABLE hidden (x int);
CREATE USER reader@'%' IDENTIFIED BY 'reader''s s3cret';
GRANT SELECT ON city.rides TO reader@'%';
GRANT SELECT ON city.busy TO reader@'%';
"""


@pytest.fixture(scope="module")
def postgresql():
    with real.postgres(tls=True) as server:
        server.run(POSTGRESQL)
        yield server


@pytest.fixture(scope="module")
def mysql():
    if real.MARIADBD is None:
        pytest.skip("no MariaDB (Debian package mariadb-server)")
    with (
        tempfile.TemporaryDirectory(dir="/tmp") as folder,
        real.mariadb(real.certificate(Path(folder), "mysql")) as server,
    ):
        server.run(MYSQL)
        yield server


@pytest.fixture(params=["postgresql", "mysql"])
def server(request):
    """Each of the two in turn, with its kind."""
    found = request.getfixturevalue(request.param)
    found.kind = request.param
    return found


@pytest.fixture(autouse=True)
def opened(settings, folders, request):
    """The operator lets the city's people reach the server."""
    settings.KEYS = folders / "keys"
    used = [request.getfixturevalue(n) for n in ("postgresql", "mysql", "server") if n in request.fixturenames]
    settings.SOURCE_HOSTS = [("", "127.0.0.1", each.port) for each in used]


@pytest.fixture
def given(server):
    address = f"{server.kind}://reader@127.0.0.1:{server.port}/city"
    return {"kind": server.kind, "address": address, "password": SECRET, "query": "rides"}


@pytest.fixture
def source(officer, office, given):
    return sources.save(actor=officer, organisation=office, title="버스 이용", **given)


def look(source):
    result = jobs.run_now(sources.start(actor=None, source=source))
    source.refresh_from_db()
    return result["outcome"]


def try_out(officer, office, given, **other):
    return servers.try_out(actor=officer, organisation=office, given=servers.Given(**{**given, **other}))


def stored(source, number=1):
    """The rows of a release as Parquet holds them."""
    release = source.dataset.releases.get(number=number)
    files = storage.files(source.dataset.resource.uid, release.version)
    return release, [row for path in files for row in pq.read_table(path).to_pylist()]


UTC = dt.UTC
NINE = dt.datetime(2022, 9, 1, 0, 0, tzinfo=UTC)


def test_rows_arrive_with_their_types(source, server):
    assert look(source) == "new" and source.runs.first().filename == "rides.parquet"
    release, rows = stored(source)
    types = {column["name"]: column["type"] for column in release.columns}
    assert {
        name: types[name]
        for name in ("id", "code", "riders", "fare", "big", "ratio", "open", "day", "local", "moment", "facts")
    } == {
        "id": "integer", "code": "text", "riders": "integer", "fare": "number", "big": "text", "ratio": "number",
        "open": "boolean", "day": "date", "local": "timestamp", "moment": "timestamp", "facts": "text",
    }  # fmt: skip
    assert types["empty"] == "integer"  # although it holds nothing
    first, second, third = rows
    assert (first["code"], first["fare"], first["big"]) == ("0101", 1550.5, "12345678901234567890.12345")
    assert (first["open"], first["day"], first["clock"]) == (True, dt.date(2022, 9, 1), "09:30:00")
    assert first["moment"] == NINE and first["local"] == NINE  # without a zone it is Korean time
    assert first["facts"] == '{"a": [1, null]}' and third["facts"] == '"글"' and first["level"] == "상"
    assert (second["code"], second["district"], second["riders"]) == ("12", "", None)
    assert (third["code"], third["district"]) == (None, None) and second["day"] is None


def test_what_the_database_says_of_a_column_is_kept(source):
    look(source)
    said = {column["name"]: (column["description"], column["unit"]) for column in stored(source)[0].columns}
    assert said["riders"] == ("하루 이용자 수 (단위: 명)", "명") and said["fare"] == ("평균 요금(원)", "원")
    assert said["code"] == ("", "")


def test_equal_rows_make_no_new_release_and_a_clean_one_is_published(officer, office, given, server):
    source = sources.save(
        actor=officer, organisation=office, title="버스 이용", publish_when_clean=True, **{**given, "query": "busy"}
    )
    assert look(source) == "new"
    assert look(source) == "unchanged" and source.dataset.releases.count() == 1
    datasets.describe(actor=officer, dataset=source.dataset, licence="kogl-1")
    datasets.publish(actor=officer, dataset=source.dataset)
    server.run("INSERT INTO rides (id, district, riders) VALUES (7, '남구', 9000)")
    try:
        assert look(source) == "published" and selectors.release_for(officer, source.dataset).rows == 2
    finally:
        server.run("DELETE FROM rides WHERE id = 7")
    Source.objects.filter(pk=source.pk).update(options={**source.options, "query": "SELECT district FROM busy"})
    source.refresh_from_db()
    assert look(source) == "held"


def test_trying_shows_the_first_rows(officer, office, given):
    tried = try_out(officer, office, given)
    assert [column.name for column in tried.columns][:3] == ["id", "code", "district"] and len(tried.rows) == 3
    assert tried.rows[1][1:4] == ["12", "", None] and not Source.objects.exists()
    counted = try_out(
        officer, office, given, query="SELECT district, sum(riders) AS riders FROM rides GROUP BY district"
    )
    assert counted.columns[0].kind == "text" and len(counted.rows) == 3


def test_many_rows_are_taken_in_batches(postgresql, mysql, officer, office):
    import tracemalloc

    wide = {
        "postgresql": "SELECT g AS n, repeat('가', 1000) || g AS words FROM generate_series(1, 60000) AS g",
        "mysql": "SELECT seq AS n, CONCAT(REPEAT('가', 1000), seq) AS words FROM seq_1_to_60000",
    }
    for kind, query in wide.items():
        port = postgresql.port if kind == "postgresql" else mysql.port
        if kind == "mysql":
            mysql.run("GRANT SELECT ON city.* TO reader@'%'")
        address = addresses.parsed(kind, f"{kind}://reader@127.0.0.1:{port}/city", password=SECRET)
        place = Place("127.0.0.1", port, "127.0.0.1")
        tracemalloc.start()
        with databases.reading(address, place, query=query, tls="require", seconds=120) as answer:
            count = sum(len(batch) for batch in answer.batches)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert count == 60_000 and peak < 100 << 20, kind  # 180 MB in all
    mysql.run("REVOKE SELECT ON city.* FROM reader@'%'")


@pytest.mark.parametrize(
    ("query", "code"),
    [("nothing", "no_such_table"), ("hidden", "no_permission"), ("SELECT nonsense FROM rides", "bad_query")],
)
def test_failures_are_clear(officer, office, given, query, code):
    with pytest.raises(ServerFailed) as refusal:
        try_out(officer, office, given, query=query)
    assert refusal.value.code in (code, *(["no_permission"] if query == "nothing" else []))
    assert refusal.value.message.ko and SECRET not in repr(refusal.value.data)


def test_bad_passwords_databases_and_dead_servers_are_told(officer, office, given, server, settings):
    for other, codes in (
        ({"password": "wrong"}, ["bad_credentials"]),
        ({"address": given["address"].replace("/city", "/elsewhere")}, ["no_such_database"]),
        ({"address": given["address"].replace("reader@", "nobody@")}, ["bad_credentials"]),
    ):
        with pytest.raises(ServerFailed) as refusal:
            try_out(officer, office, given, **other)
        assert refusal.value.code in codes
    port = real.free_port()
    settings.SOURCE_HOSTS = [("", "127.0.0.1", port)]
    with pytest.raises(ServerFailed) as refusal:
        try_out(officer, office, given, address=given["address"].replace(str(server.port), str(port)))
    assert refusal.value.code == "no_answer"


def read(server, given, query, *, tls="require", seconds=20):
    """All rows of an answer."""
    address = addresses.parsed(server.kind, given["address"], password=SECRET)
    place = Place("127.0.0.1", server.port, "127.0.0.1")
    with databases.reading(address, place, query=query, tls=tls, seconds=seconds) as answer:
        return [row for batch in answer.batches for row in batch]


LARGE = {
    "postgresql": "SELECT repeat('가', 10000000) AS words, g AS n FROM generate_series(1, 100) AS g",
    "mysql": "SELECT REPEAT('가', 10000000) AS words, id AS n FROM rides",
}


def test_a_huge_row_is_refused_and_not_held(server, given, officer, office):
    import resource

    if server.kind == "mysql":
        server.run("SET GLOBAL max_allowed_packet = 1073741824")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for ask in (lambda query: read(server, given, query), lambda query: try_out(officer, office, given, query=query)):
        with pytest.raises(ServerFailed) as refusal:
            ask(LARGE[server.kind])
        assert refusal.value.code == "row_too_large"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10  # KiB
    if server.kind == "postgresql":  # what the query itself leaves out does no harm
        assert len(read(server, given, f"SELECT n FROM ({LARGE['postgresql']}) AS each_one")) == 100


def test_a_try_of_wide_rows_is_short_in_memory_and_on_the_page(server, given, officer, office):
    import resource

    wide = LARGE[server.kind].replace("10000000", "2000000")  # 6 MB each
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (row,) = try_out(officer, office, given, query=wide).rows
    assert row[0] == "가" * 120 + "…"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 128 << 10  # KiB


def test_texts_mean_what_they_meant_when_they_were_checked(server, given):
    """Whatever the account's settings make of a backslash."""
    if server.kind == "postgresql":
        change, back = "SET standard_conforming_strings = off", "RESET standard_conforming_strings"
        change, back = f"ALTER ROLE reader {change}", f"ALTER ROLE reader {back}"
    else:
        change, back = (f"SET GLOBAL sql_mode = '{mode}'" for mode in ("NO_BACKSLASH_ESCAPES,ANSI_QUOTES", ""))
    server.run(change)
    try:
        if server.kind == "postgresql":
            texts = r"SELECT '\'') as w limit 0; commit; create table pwn(a int); --'"
            assert read(server, given, texts) == [[texts[8:-1].replace("''", "'")]]
            assert server.run("SELECT count(*) FROM pg_class WHERE relname = 'pwn'") == [(0,)]
        else:
            assert read(server, given, r"""SELECT 'a\' b' AS t, "c" AS u""") == [["a' b", "c"]]
    finally:
        server.run(back)


def test_a_driver_sends_one_command_at_most(postgresql):
    """Even SQL that nobody checked cannot leave the read-only transaction."""
    from datadam.catalog.outside import postgresql as driver
    from datadam.core.fetch import Deadline

    asked = f"postgresql://reader@127.0.0.1:{postgresql.port}/city"
    address = addresses.parsed("postgresql", asked, password=SECRET)
    place = Place("127.0.0.1", postgresql.port, "127.0.0.1")
    sql = "SELECT 1) AS w LIMIT 0; COMMIT; CREATE TABLE pwn (a int); --"
    postgresql.run("GRANT CREATE ON SCHEMA public TO reader")
    with (
        Deadline(20) as deadline,
        pytest.raises(ServerFailed),
        driver.reading(address, place, sql, "require", deadline),
    ):
        pass
    postgresql.run("REVOKE CREATE ON SCHEMA public FROM reader")
    assert postgresql.run("SELECT count(*) FROM pg_class WHERE relname = 'pwn'") == [(0,)]


def test_a_slow_query_is_given_up(given, server, settings):
    address = addresses.parsed(server.kind, given["address"], password=SECRET)
    slow = {
        "postgresql": "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b",
        "mysql": "WITH RECURSIVE n AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM n WHERE x < 3000)"
        " SELECT count(*) FROM n a JOIN n b JOIN n c JOIN n d",
    }[server.kind]
    with (
        pytest.raises(DomainError) as refusal,
        databases.reading(
            address, Place("127.0.0.1", server.port, "127.0.0.1"), query=slow, tls="require", seconds=2
        ) as answer,
    ):
        list(answer.batches)
    assert refusal.value.code == "too_slow"


def test_nothing_can_be_written(server, given):
    """Even past the first wall, the transaction itself refuses."""
    server.run("GRANT INSERT ON " + ("rides TO reader" if server.kind == "postgresql" else "city.rides TO reader@'%'"))
    address = addresses.parsed(server.kind, given["address"], password=SECRET)
    place = Place("127.0.0.1", server.port, "127.0.0.1")
    from datadam.catalog.outside import mysql, postgresql
    from datadam.core.fetch import Deadline

    driver = {"postgresql": postgresql, "mysql": mysql}[server.kind]
    with (
        Deadline(20) as deadline,
        pytest.raises(ServerFailed),
        driver.reading(address, place, "INSERT INTO rides (id) VALUES (99)", "require", deadline) as answer,
    ):
        list(answer.batches)
    assert [row for row in server.run("SELECT count(*) FROM rides")] == [(3,)]


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM rides", "SELECT 1; SELECT 2", "WITH x AS (DELETE FROM rides RETURNING *) SELECT * FROM x",
        "SELECT * INTO copy FROM rides", "SELECT * FROM rides FOR UPDATE", "EXPLAIN SELECT 1", "COPY rides TO '/tmp/x'",
        "SELECT * FROM rides INTO OUTFILE '/tmp/x'", "SELECT * FROM (SELECT 1", "SELECT" + " (" * 20_000, "SET x = 1",
        "SELECT NEXT VALUE FOR s", "SELECT @a := 1",
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_only_one_select_that_reads_may_be_asked(kind, query):
    with pytest.raises(Invalid) as refusal:
        statements.statement(kind, query)
    assert refusal.value.code == "not_select"


@pytest.mark.parametrize(
    ("kind", "query", "name"),
    [
        ("postgresql", "SELECT pg_read_file('/etc/passwd')", "pg_read_file"),
        ("postgresql", "SELECT * FROM ts_stat($$SELECT to_tsvector(pg_read_file('/etc/passwd'))$$)", "ts_stat"),
        ("postgresql", "SELECT * FROM rides, LATERAL dblink('', 'SELECT 1') AS x", "dblink"),
        ("postgresql", "SELECT query_to_xml('SELECT 1', true, true, '')", "query_to_xml"),
        ("postgresql", 'SELECT "pg_sleep"(100)', "pg_sleep"),
        ("postgresql", "SELECT pg_stat_reset()", "pg_stat_reset"),
        ("postgresql", "SELECT set_config('statement_timeout', '0', false)", "set_config"),
        ("postgresql", "SELECT lower(nextval('s')::text)", "nextval"),
        ("mysql", "SELECT LOAD_FILE('/etc/passwd')", "load_file"),
        ("mysql", "SELECT `sleep`(100)", "sleep"),
        ("mysql", "SELECT RELEASE_ALL_LOCKS()", "release_all_locks"),
        ("mysql", "SELECT MASTER_GTID_WAIT('0-1-9', 3)", "master_gtid_wait"),
    ],
)
def test_only_functions_that_compute_may_be_asked(kind, query, name):
    with pytest.raises(Invalid) as refusal:
        statements.statement(kind, query)
    assert refusal.value.code == "function_refused"
    assert name in refusal.value.message.ko and name in refusal.value.message.en


@pytest.mark.parametrize("query", ["SELECT sys.ps_thread_id(1)", "SELECT pg_catalog.lower('A')"])
def test_functions_are_called_by_their_plain_name(query):
    for kind in ("postgresql", "mysql"):
        with pytest.raises(Invalid) as refusal:
            statements.statement(kind, query)
        assert refusal.value.code == "function_refused"


@pytest.mark.parametrize(
    ("kind", "expression"),
    [
        *(("postgresql", each) for each in (
            "to_char(day, 'YYYY-MM')", "date_trunc('month', day)", "day + interval '1 day'", "facts->>'a'",
            "sum(riders) FILTER (WHERE open) OVER (PARTITION BY district ORDER BY day)", "fare::text",
            "round(fare, 1)", "code ~ '^0'",            "local AT TIME ZONE 'Asia/Seoul'", "array_to_string(tags, ',')",
           
            "encode(raw, 'hex')",
            "extract(year FROM day)",
        )),
        *(("mysql", each) for each in (
            "DATE_FORMAT(day, '%Y-%m')", "DATE_ADD(day, INTERVAL 1 DAY)", "IFNULL(riders, 0)", "HEX(raw)", "YEAR(day)",
            "SUM(riders) OVER (PARTITION BY district ORDER BY day)", "JSON_EXTRACT(facts, '$.a')", "code LIKE '0%'",
            "CAST(fare AS CHAR)", "SUBSTRING_INDEX(district, '구', 1)", "STR_TO_DATE(code, '%Y')", "TRUNCATE(fare, 1)",
        )),
    ],
)  # fmt: skip
def test_the_usual_functions_are_answered(request, kind, expression):
    server = request.getfixturevalue(kind)
    server.kind = kind
    address = {"address": f"{kind}://reader@127.0.0.1:{server.port}/city"}
    assert len(read(server, address, f"SELECT {expression} AS x FROM rides")) == 3


def test_hints_to_the_server_are_not_sent():
    sent = statements.statement("mysql", "SELECT * FROM (SELECT /*+ MAX_EXECUTION_TIME(0) */ a FROM t) x")
    assert sent == "SELECT * FROM (SELECT a FROM t) AS x"


@pytest.mark.parametrize(
    ("kind", "grant", "revoke"),
    [
        ("postgresql", "ALTER ROLE reader SUPERUSER", "ALTER ROLE reader NOSUPERUSER"),
        ("postgresql", "GRANT pg_read_server_files TO reader", "REVOKE pg_read_server_files FROM reader"),
        ("postgresql", "GRANT pg_execute_server_program TO reader", "REVOKE pg_execute_server_program FROM reader"),
        ("mysql", "GRANT FILE ON *.* TO reader@'%'", "REVOKE FILE ON *.* FROM reader@'%'"),
        ("mysql", "GRANT SELECT, SUPER ON *.* TO reader@'%'", "REVOKE SELECT, SUPER ON *.* FROM reader@'%'"),
        ("mysql", "GRANT ALL ON *.* TO reader@'%'", "REVOKE ALL ON *.* FROM reader@'%'"),
    ],
)
def test_an_account_that_may_do_everything_is_not_used(request, kind, grant, revoke):
    server = request.getfixturevalue(kind)
    server.kind, given = kind, {"address": f"{kind}://reader@127.0.0.1:{server.port}/city"}
    server.run(grant)
    try:
        with pytest.raises(ServerFailed) as refusal:
            read(server, given, "rides")
        assert refusal.value.code == "account_too_powerful"
    finally:
        server.run(revoke)
    assert read(server, given, "rides")


def test_what_hides_in_a_comment_is_not_sent():
    assert "OUTFILE" not in statements.statement("mysql", "SELECT 1 /*!50000 INTO OUTFILE '/tmp/x' */")


def test_an_unproven_server_is_refused_when_proof_is_asked(officer, office, given):
    with pytest.raises(ServerFailed) as refusal:
        try_out(officer, office, given, tls="verify")
    assert refusal.value.code == "tls_untrusted"
    assert len(try_out(officer, office, given, tls="off").rows) == 3  # loopback counts as inside


def test_no_password_goes_out_in_clear(officer, office, given):
    with pytest.raises(Invalid) as refusal:
        databases.check_tls(Place("db.example", 5432, "8.8.8.8"), "off")
    assert refusal.value.code == "tls_needed"
    with pytest.raises(Invalid):
        try_out(officer, office, given, tls="perhaps")


@contextlib.contextmanager
def rogue(folder, greeting, question):
    """A server with an unsigned certificate that asks for the password itself; gives its port and what it was told."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*real.certificate(folder, "root"))
    told = []

    def serve(listener):
        with contextlib.suppress(OSError):
            while True:
                line, _ = listener.accept()
                with contextlib.suppress(OSError), line:
                    line.settimeout(5)
                    greeting(line)
                    with context.wrap_socket(line, server_side=True) as secured:
                        secured.recv(4096)
                        secured.sendall(question)
                        told.append(secured.recv(4096))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=[listener], daemon=True)
        thread.start()
        yield listener.getsockname()[1], told
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def greet_as_postgresql(line):
    if line.recv(8):
        line.sendall(b"S")


def greet_as_mysql(line):
    able = 0x00000800 | 0x8000 | 0x00080000 | 0x0200 | 0x1 | 0x8
    hello = b"\x0a8.0.30\0" + struct.pack("<I", 1) + b"12345678\0" + struct.pack("<H", able & 0xFFFF) + b"\x2d"
    hello += struct.pack("<HH", 2, able >> 16) + bytes([21]) + b"\0" * 10 + b"123456789012\0mysql_native_password\0"
    line.sendall(struct.pack("<I", len(hello)) + hello)
    line.recv(36)


@pytest.mark.parametrize(
    ("kind", "greeting", "question"),
    [
        ("postgresql", greet_as_postgresql, b"R" + struct.pack(">II", 8, 3)),
        ("mysql", greet_as_mysql, b"\x16\0\0\x03\xfemysql_clear_password\0"),
        ("mysql", greet_as_mysql, b"\x08\0\0\x03\xfedialog\0"),
    ],
)
def test_the_password_itself_is_sent_to_no_unproven_server(tmp_path, kind, greeting, question):
    with rogue(tmp_path, greeting, question) as (port, told):
        address = addresses.parsed(kind, f"{kind}://reader@127.0.0.1:{port}/city", password=SECRET)
        with (
            pytest.raises(ServerFailed) as refusal,
            databases.reading(address, Place("127.0.0.1", port, "127.0.0.1"), query="t", tls="require", seconds=10),
        ):
            pass
    assert refusal.value.code == "password_in_clear" and refusal.value.message.ko
    assert SECRET.encode() not in b"".join(told)


def test_a_silent_answer_is_told_as_too_slow(mysql):
    """Where the server keeps to no limit of its own, the deadline speaks."""
    address = addresses.parsed("mysql", f"mysql://reader@127.0.0.1:{mysql.port}/city", password=SECRET)
    place = Place("127.0.0.1", mysql.port, "127.0.0.1")
    from datadam.catalog.outside import mysql as driver
    from datadam.core.fetch import Deadline

    with (
        Deadline(2) as deadline,
        pytest.raises(DomainError) as refusal,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(driver, "_settle", lambda connection, deadline: None)
        with driver.reading(address, place, "SELECT SLEEP(30)", "require", deadline) as answer:
            list(answer.batches)
    assert refusal.value.code == "too_slow"


def test_a_server_without_tls_is_refused_unless_that_is_chosen(officer, office, settings):
    with real.postgres(tls=False) as server:
        server.run("CREATE ROLE reader LOGIN PASSWORD 'reader''s s3cret'; CREATE TABLE t AS SELECT 1 AS n;"
                   "GRANT SELECT ON t TO reader")  # fmt: skip
        settings.SOURCE_HOSTS = [("", "127.0.0.1", server.port)]
        given = {"kind": "postgresql", "address": f"postgresql://reader@127.0.0.1:{server.port}/city"}
        with pytest.raises(ServerFailed) as refusal:
            try_out(officer, office, given, password=SECRET, query="t")
        assert refusal.value.code == "tls_missing"
        assert try_out(officer, office, given, password=SECRET, query="t", tls="off").rows == [["1"]]


def test_firms_and_strangers_do_not_get_at_the_inner_network(
    settings, inside, provider, firm, stranger, consumer, office, given
):
    with pytest.raises(AddressRefused):
        servers.try_out(actor=provider, organisation=firm, given=servers.Given(**given))
    for person in (stranger, consumer, provider):
        with pytest.raises(NotAllowed):
            servers.try_out(actor=person, organisation=office, given=servers.Given(**given))
    settings.SOURCE_HOSTS = [(firm.name, "127.0.0.1", settings.SOURCE_HOSTS[0][2])]
    assert servers.try_out(actor=provider, organisation=firm, given=servers.Given(**given)).rows


def test_the_password_is_nowhere(source, officer, given, disk, client_of, caplog):
    look(source)
    Source.objects.filter(pk=source.pk).update(options={**source.options, "query": "nothing"})
    source.refresh_from_db()
    assert look(source) == "failed"
    rows = [*Source.objects.values(), *Upload.objects.values(), *Event.objects.values(), *Job.objects.values()]
    rows += source.runs.values()
    page = client_of(officer).get(f"/source/{source.pk}/").content.decode()
    assert SECRET not in repr(rows) and SECRET not in caplog.text and SECRET not in page and disk(SECRET) == []
    assert "s3cret" not in page and source.shown.endswith("/city · rides")


def test_the_page_shows_the_first_rows_and_keeps_the_password_on_change(client_of, officer, office, given, server):
    client = client_of(officer)
    sent = {**given, "title": "버스 이용", "every": "day", "at": "06:00", "tls": "require"}
    tried = client.post(f"/organisation/{office.name}/sources/try/", sent, headers={"HX-Request": "true"})
    assert "해운대구" in tried.content.decode() and "NULL" in tried.content.decode()
    wrong = client.post(
        f"/organisation/{office.name}/sources/try/", {**sent, "query": "DROP TABLE x"}, headers={"HX-Request": "true"}
    )
    assert wrong.status_code == 200 and "SELECT 문 하나" in wrong.content.decode()
    refused = client.post(f"/organisation/{office.name}/sources/", {**sent, "query": "DROP TABLE x"})
    assert refused.status_code == 422 and SECRET not in refused.content.decode()
    assert client.post(f"/organisation/{office.name}/sources/", sent).status_code == 302
    source = Source.objects.get()
    changed = {**sent, "address": "", "password": "", "query": "busy", "source": source.pk}
    assert "2000" not in client.post(f"/organisation/{office.name}/sources/try/", changed).content.decode()
    assert client.post(f"/source/{source.pk}/", changed).status_code == 302
    source.refresh_from_db()
    assert source.options == {"query": "busy", "tls": "require"} and look(source) == "new"
    assert ">busy</textarea>" in client.get(f"/source/{source.pk}/").content.decode()


def test_the_command_tries_adds_and_runs(tmp_path, server, given):
    from tests.catalog.test_cli import Desk

    desk = Desk(tmp_path)
    desk.env["DATADAM_SOURCE_HOSTS"] = f"127.0.0.1:{server.port}"
    secret = desk.write("secret", f"{SECRET}\n".encode())
    options = (f"--{server.kind}", given["address"], "--query", "busy", "--password-file", secret)
    added = desk("source", "add", "--org", "교통과", "--title", "버스", *options)["sources"][0]
    assert (added["kind"], added["query"], added["tls"]) == (server.kind, "busy", "require")
    tried = desk("source", "try", added["id"])["tried"]
    assert [column["name"] for column in tried["columns"]] == ["district", "riders"] and tried["rows"] == [
        [None, "3400"]
    ]
    again = desk("source", "try", "--org", "교통과", *options)
    assert again["tried"] == tried and again["sources"] == []
    assert desk("source", "run", added["id"])["sources"][0]["last_outcome"] == "new"
    desk.env["DATADAM_SOURCE_HOSTS"] = ""
    assert desk("source", "try", added["id"], code=1)["error"]["code"] == "address_refused"
