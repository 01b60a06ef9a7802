"""The child process: what it answers, what it refuses, and that hidden columns and rows stay hidden."""

import datetime as dt
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datadam.sandbox import sql
from datadam.sandbox.sql import Limits, QueryRefused, TableSource, check, run

LIMITS = Limits(memory_mb=256, seconds=20, rows=1000)


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    """A table of which 주민번호 is hidden, and of whose rows only those of 중구 and 서구 may be read."""
    table = pa.table(
        {
            "시장명": ["자갈치", "국제", "부평", "구덕", "CANARYROW"],
            "구": ["중구", "중구", "중구", "서구", "북구"],
            "점포수": pa.array([480, 1200, None, 90, 77777], pa.int64()),
            "큰수": pa.array([2**60, 1, 2, 3, 4], pa.int64()),
            "비율": [0.5, float("nan"), 1.5, 2.0, 3.0],
            "기준일": [dt.date(2024, 1, day) for day in range(1, 6)],
            "시각": pa.array([dt.datetime(2024, 1, 1, 15, tzinfo=dt.UTC)] * 5, pa.timestamp("us", "UTC")),
            "주민번호": [f"CANARY-{n}" for n in range(5)],
        }
    )
    path = tmp_path_factory.mktemp("lake") / "part-0.parquet"
    pq.write_table(table, path)
    return str(path)


COLUMNS = ["시장명", "구", "점포수", "큰수", "비율", "기준일", "시각"]


def source(market, row_filter=None):
    return {"시장": TableSource([market], COLUMNS, row_filter or {})}


def ask(query, market, row_filter=None, limits=LIMITS):
    return run(check(query, {"시장": COLUMNS}), source(market, row_filter), limits)


def test_an_answer_comes_back_in_order_with_json_values(market):
    result = ask("select 시장명, 점포수, 큰수, 비율, 기준일, 시각 from 시장 order by 기준일 limit 2", market)
    assert result.columns == ["시장명", "점포수", "큰수", "비율", "기준일", "시각"]
    assert result.rows == [
        ["자갈치", 480, str(2**60), 0.5, "2024-01-01", "2024-01-02T00:00:00+09:00"],
        ["국제", 1200, 1, None, "2024-01-02", "2024-01-02T00:00:00+09:00"],
    ]
    assert result.truncated is False
    assert result.row_count == 2
    assert result.table().num_rows == 2


def test_grouping_windows_and_with_work(market):
    result = ask(
        "with x as (select 구, sum(점포수) as 합 from 시장 group by 구) "
        "select 구, 합, rank() over (order by 합 desc) from x where 합 < 70000 order by 합 desc",
        market,
    )
    assert result.rows == [["중구", 1680, 1], ["서구", 90, 2]]


@pytest.mark.parametrize(
    "query",
    [
        "select 구 from 시장 x(구)",
        "select #2, 구 from 시장",
        "select x.a, x.점포수 from 시장 as x(a, 점포수)",
        "select count(*), max(a.구) from 시장 a, 시장 b where a.구 = b.구",
        "select 시장명 from 시장 natural join 시장 b where 점포수 > 1",
    ],
)
def test_loading_only_what_is_needed_changes_no_answer(market, query):
    checked = check(query, {"시장": COLUMNS})
    whole = sql._ask(checked.sql, {"시장": sql._source(source(market)["시장"], None)}, LIMITS, judged=True)
    assert run(checked, source(market), LIMITS).rows == whole.rows != []


def test_months_are_korean_months(market):
    assert ask("select max(date_trunc('day', 시각))::varchar from 시장", market).rows == [["2024-01-02 00:00:00+09"]]


def test_rows_are_cut_at_the_limit_and_said_so(market):
    result = ask("select 시장명 from 시장", market, limits=Limits(memory_mb=256, rows=3))
    assert (result.row_count, result.truncated) == (3, True)
    assert ask("select 시장명 from 시장", market, limits=Limits(memory_mb=256, rows=5)).truncated is False


def test_a_row_filter_holds_on_a_granted_column_and_on_a_hidden_one(market):
    assert ask("select count(*) from 시장", market, {"구": ["중구", "서구"]}).rows == [[4]]
    assert ask("select count(*) from 시장", market, {"주민번호": ["CANARY-1"]}).rows == [[1]]
    assert ask("select count(*) from 시장", market, {"점포수": ["480", 90], "구": ["서구"]}).rows == [[1]]


@pytest.mark.parametrize("row_filter", [{"구": []}, {"구": [None]}, {"점포수": ["아무것도"]}, {"기준일": [20240101]}])
def test_a_row_filter_that_fits_nothing_shows_nothing(market, row_filter):
    assert ask("select count(*) from 시장", market, row_filter).rows == [[0]]


@pytest.mark.parametrize("row_filter", [{}, {"구": ["중구"]}])
def test_a_large_table_is_scanned_as_it_lies_with_the_same_answer(market, row_filter):
    query = check("select 시장명, 점포수 from 시장 where 점포수 > 100 order by 1", {"시장": COLUMNS})
    sources = {"시장": sql._source(source(market, row_filter)["시장"], query.columns["시장"] + ["구"])}
    sources["시장"]["sizes"] = [2**40]
    large = sql._ask(query.sql, sources, LIMITS, judged=True)
    assert large.rows == run(query, source(market, row_filter), LIMITS).rows
    assert large.row_count == (2 if row_filter else 3)


def test_a_version_without_files_is_a_table_without_rows():
    query = check("select 구, count(*) from 시장 group by 구", {"시장": COLUMNS})
    result = run(query, {"시장": TableSource([], COLUMNS)}, LIMITS)
    assert (result.rows, result.columns[0]) == ([], "구")


def test_a_query_that_takes_too_long_is_killed(market):
    started = time.monotonic()
    with pytest.raises(QueryRefused) as refused:
        ask(
            "with recursive r(n) as (select 1 union all select n + 1 from r) select count(*) from r",
            market,
            limits=Limits(memory_mb=256, seconds=1.5),
        )
    assert refused.value.code == "too_slow"
    assert "1.5" in refused.value.ko
    assert time.monotonic() - started < 4


@pytest.mark.parametrize(
    "query",
    [
        "select length(list(repeat('가', 100000) || 점포수)::varchar) from 시장, unnest(range(3000)) u(i)",
        "select repeat('가', 400000000)",
        "select repeat('x', 1000000) || i::varchar from unnest(range(1000)) u(i)",
    ],
)
def test_a_query_that_takes_too_much_memory_is_refused(market, query):
    with pytest.raises(QueryRefused) as refused:
        ask(query, market, limits=Limits(memory_mb=128, seconds=20, rows=5000))
    assert refused.value.code == "too_big", refused.value.en
    assert "128" in refused.value.en


def test_a_failure_inside_the_engine_is_told_in_its_words(market):
    with pytest.raises(QueryRefused) as refused:
        ask("select cast(시장명 as integer) from 시장", market)
    assert refused.value.code == "failed"
    assert "자갈치" in refused.value.en
    with pytest.raises(QueryRefused) as refused:
        ask("select x.시장명 from (select 구 from 시장) x", market)
    assert (refused.value.code, refused.value.data["detail"]) == ("unknown_column", "시장명")


def test_the_child_knows_nothing_of_the_parents_environment(market, monkeypatch, tmp_path):
    monkeypatch.setenv("DATADAM_SECRET_KEY", "CANARY")
    seen = {}
    popen = subprocess.Popen

    def spy(*args, **kwargs):
        process = popen(*args, **kwargs)
        seen["environment"] = Path(f"/proc/{process.pid}/environ").read_bytes()
        seen["env"] = kwargs["env"]
        return process

    monkeypatch.setattr(sql.subprocess, "Popen", spy)
    ask("select 1", market)
    assert b"CANARY" not in seen["environment"]
    assert set(seen["env"]) == {"HOME", "LANG", *sql.FRUGAL}


def test_two_people_may_ask_at_once_from_threads(market):
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(ask("select 1", market).rows)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [[[1]], [[1]]]


ADVERSARIAL = [
    "select 주민번호 from 시장",
    "select * from 시장",
    "select 시장 from 시장",
    "select to_json(시장) from 시장",
    "select columns('.*') from 시장",
    "select s.주민번호 from 시장 s",
    "select (시장).주민번호 from 시장",
    "select struct_extract(시장, '주민번호') from 시장",
    "select 구 from 시장 order by 주민번호",
    "select 구 from 시장 where 주민번호 like 'C%'",
    "select list(시장) from 시장",
    "select unnest(시장) from 시장",
    "select * from (select * from 시장) x natural join 시장",
    "select * from main.시장",
    "select * from memory.main.시장",
    "select * from '{path}'",
    'select * from "{path}"',
    "select * from read_parquet('{path}')",
    "select * from parquet_scan('{path}')",
    "select * from read_parquet(['{path}'])",
    "select * from read_parquet('{folder}/*.parquet')",
    "select * from read_parquet('file://{path}')",
    "select * from read_blob('{path}')",
    "select * from read_text('{path}')",
    "select content from read_text('/etc/passwd')",
    "select * from read_csv('/etc/passwd', header = false)",
    "select * from '/etc/passwd.csv'",
    "select * from read_json_objects('/proc/self/environ')",
    "select * from glob('{folder}/*')",
    "select * from glob('/etc/*')",
    "select * from parquet_metadata('{path}')",
    "select * from parquet_schema('{path}')",
    "select * from parquet_full_metadata('{path}')",
    "select * from parquet_bloom_probe('{path}', '주민번호', 'CANARY-1')",
    "select * from sniff_csv('/etc/passwd')",
    "select * from query('select * from read_parquet(''{path}'')')",
    "select * from query('from \"{path}\"')",
    "select * from query_table('{path}')",
    "select * from query_table(['{path}'])",
    "from json_execute_serialized_sql(json_serialize_sql('select * from read_parquet(''{path}'')'))",
    "set enable_external_access = true; select * from '{path}'",
    "set lock_configuration = false",
    "reset enable_external_access",
    "pragma enable_external_access = true",
    "set allowed_paths = ['{path}']",
    "set allowed_directories = ['/']",
    "set python_enable_replacements = true",
    "attach '{folder}/x.db'",
    "attach ':memory:' as m; use m; select * from '{path}'",
    "install httpfs from 'http://127.0.0.1:9'",
    "load '{folder}/x.duckdb_extension'",
    "copy 시장 to '{folder}/stolen.csv'",
    "copy (select 1) to '/tmp/stolen.csv'",
    "copy 시장 from '/etc/passwd'",
    "create table y as select * from '{path}'",
    "create view y as select * from read_parquet('{path}')",
    "create macro m() as table select * from read_parquet('{path}'); select * from m()",
    "export database '{folder}/stolen'",
    "import database '{folder}'",
    "select * from request",
    "select * from connection",
    "select * from sources",
    "select * from arrow_scan(1, 1, 1)",
    "select * from pandas_scan(1)",
    "select * from python_map_function()",
    "select getenv('HOME')",
    "select current_setting('secret_directory')",
    "select * from duckdb_secrets()",
    "create secret s (type s3, key_id 'x', secret 'y')",
    "select sql from duckdb_views() where sql like '%parquet%'",
    "select * from duckdb_external_file_cache()",
    "select * from duckdb_logs",
    "checkpoint",
    "summarize '{path}'",
    "describe select * from '{path}'",
    "explain analyze select * from '{path}'",
    "select * from pragma_storage_info('시장')",
    "with x as (select * from '{path}') select * from x",
    "select (select max(주민번호) from '{path}')",
    "select 구 from 시장 union all select 주민번호 from '{path}'",
    "select 1 -- \n; select * from '{path}'",
    "select 1 /* */ ; copy (select 1) to '{folder}/stolen.csv'",
    "select $$x$$ from '{path}'",
    "prepare p as select * from '{path}'; execute p",
]


def texts(market):
    folder = os.path.dirname(market)
    return [query.replace("{path}", market).replace("{folder}", folder) for query in ADVERSARIAL]


def test_the_first_wall_stops_what_hides_from_it_or_shows_only_what_is_granted(market):
    passed = []
    for query in texts(market):
        try:
            passed.append(check(query, {"시장": COLUMNS}))
        except QueryRefused:
            continue
    assert len(passed) < 12
    for checked in passed:
        try:
            result = run(checked, source(market, {"구": ["중구", "서구"]}), LIMITS)
        except QueryRefused:
            continue
        assert "CANARY" not in json.dumps(result.rows)


LOCKED = """
import json, sys
from datadam.sandbox import child
request = json.load(sys.stdin)
connection = child.connect(request)
child.fill_and_lock(connection, request["tables"])
answers = []
for query in request["queries"]:
    try:
        answers.append(repr(connection.execute(query).fetchall()))
    except BaseException as error:
        answers.append(type(error).__name__)
print(json.dumps(answers))
"""


def test_the_locked_engine_alone_shows_nothing_hidden_even_when_no_query_is_checked(market, tmp_path):
    table = sql._source(source(market, {"구": ["중구", "서구"]})["시장"], None)
    request = {"memory_mb": 256, "threads": 1, "temporary": str(tmp_path), "tables": {"시장": table}}
    queries = [*texts(market), "select count(*) from memory.main.시장"]
    answer = subprocess.run(
        [sys.executable, "-I", "-c", LOCKED],
        input=json.dumps(request | {"queries": queries}),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    answers = json.loads(answer.stdout)
    assert answers[-1] == "[(4,)]", "the granted rows, and the engine survived"
    told = {query: answer for query, answer in zip(queries, answers, strict=True)}
    assert {query for query, answer in told.items() if "CANARY" in answer or "root:" in answer} == set()
    assert "자갈치" in told["select * from 시장"]
    assert os.listdir(os.path.dirname(market)) == [os.path.basename(market)], "nothing was written beside the table"
    assert not os.path.exists("/tmp/stolen.csv")


def test_the_engines_own_parse_is_a_second_wall(market):
    sources = {"시장": sql._source(source(market)["시장"], None)}
    stopped = {}
    for query in [
        "select * from duckdb_settings()",
        "select current_setting('threads')",
        "show tables",
        "select 1; select 2",
    ]:
        with pytest.raises(QueryRefused) as refused:
            sql._ask(query, sources, LIMITS, judged=True)
        stopped[query] = refused.value.code
    assert list(stopped.values()) == ["function_refused", "function_refused", "not_select", "not_select"]
