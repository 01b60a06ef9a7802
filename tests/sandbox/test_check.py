"""The first wall: what sqlglot lets through."""

import pytest

from datadam.sandbox.sql import QueryRefused, check, names

ALLOWED = {
    "시장": ["시장명", "구", "점포수", "기준일"],
    "bus-stops": ["id", "name", "lat", "lon", "tags"],
    "t": ["a", "b", "d"],
}

WELCOME = [
    "select * from t",
    "SELECT 시장명, 점포수 FROM 시장 ORDER BY 점포수 DESC LIMIT 3;",
    'select "시장명" as 이름 from "시장" where 구 like \'부산%\'',
    'select name from "bus-stops" where lat between 35 and 36',
    "from t",
    "from t select a where b > 1",
    "with x as (select a, count(*) as n from t group by a) select a, n from x where n > 1",
    "with recursive r(n) as (select 1 union all select n + 1 from r where n < 5) select n from r",
    "select a from t union all select b from t",
    "select a from t except select b from t",
    "select a, row_number() over (partition by b order by d desc) as 순번 from t qualify 순번 = 1",
    "select 구, sum(점포수) filter (where 점포수 > 10), median(점포수) from 시장 group by all order by all",
    "select date_trunc('month', 기준일) as 월, count(*) from 시장 group by 1",
    "select extract(year from d), strftime(d, '%Y'), d + interval 1 month from t",
    "select d::timestamp at time zone 'Asia/Seoul' from t",
    "select x.a from (select a, b from t) x join t y on x.a = y.a where y.b in (select b from t)",
    "select case when a > 1 then 'x' else 'y' end, coalesce(a, b), nullif(a, 0) from t",
    "select cast(a as varchar), try_cast(b as int) from t",
    "select list_transform([1, 2], lambda x: x + 1), [y * 2 for y in [1, 2]], {'k': a}.k from t",
    'select unnest(tags) as tag, count(*) from "bus-stops" group by tag',
    'select u.tag from "bus-stops", unnest(tags) as u(tag)',
    "select * exclude (b) from t",
    "select * replace (a + 1 as a) from t",
    "select columns('a|b') from t",
    "select t.* from t",
    "select t from t",
    "select a.a from t a left join t b using (a)",
    "select quantile_cont(a, 0.5), string_agg(b, ',' order by a), approx_count_distinct(a) from t",
    "select regexp_replace(name, '[0-9]+', ''), a.name || '동' from \"bus-stops\" a where name ilike '%역%'",
    "select a from t where exists (select 1 from 시장 where 점포수 = t.a)",
    "select 1",
    "values (1, 2)",
    "select * from (values (1, 'x')) v(n, s) where n = 1",
    "select * from t pivot (sum(a) for b in ('x', 'y'))",
    "select * from t tablesample 10%",
    "select a, lag(a) over w from t window w as (order by d)",
    "select now() - d::timestamp, current_date from t",
    "select json_extract_string(b, '$.x'), b ->> 'x' from t",
    "SELECT A, T.B FROM T",
    "select count(*) from t a asof join t b on a.d >= b.d",
]


@pytest.mark.parametrize("query", WELCOME)
def test_an_honest_select_is_let_through(query):
    checked = check(query, ALLOWED)
    assert check(checked.sql, ALLOWED).sql == checked.sql, "what is run is itself acceptable"


REFUSED = [
    ("", "not_select"),
    (";", "not_select"),
    ("select 1; select 2", "not_select"),
    ("select * from t; drop table t", "not_select"),
    ("selec a from t", "syntax"),
    ("select a from t where (", "syntax"),
    ("select ? from t", "syntax"),
    ("select $1 from t", "syntax"),
    ("select " + "(" * 4000 + "1" + ")" * 4000, "syntax"),
    ("select '" + "x" * 30_000 + "'", "syntax"),
    ("insert into t values (1)", "not_select"),
    ("update t set a = 1", "not_select"),
    ("delete from t", "not_select"),
    ("create table x as select * from t", "not_select"),
    ("create macro f() as 1", "not_select"),
    ("drop table t", "not_select"),
    ("copy t to '/tmp/x.csv'", "not_select"),
    ("copy (select * from t) to '/tmp/x.csv'", "not_select"),
    ("attach '/tmp/x.db'", "not_select"),
    ("install httpfs", "not_select"),
    ("load httpfs", "not_select"),
    ("pragma version", "not_select"),
    ("set threads = 1", "not_select"),
    ("reset all", "not_select"),
    ("call pragma_version()", "not_select"),
    ("explain select 1", "not_select"),
    ("describe t", "not_select"),
    ("summarize t", "not_select"),
    ("show tables", "not_select"),
    ("export database '/tmp/x'", "syntax"),
    ("prepare p as select 1", "not_select"),
    ("pivot t on b using sum(a)", "not_select"),
    ("with x as (insert into t values (1) returning *) select * from x", "not_select"),
    ("select * from 'x.parquet'", "unknown_table"),
    ('select * from "/etc/passwd"', "unknown_table"),
    ("select * from 'https://example.com/x.csv'", "unknown_table"),
    ("select * from information_schema.tables", "unknown_table"),
    ("select * from pg_catalog.pg_class", "unknown_table"),
    ("select * from duckdb_tables", "unknown_table"),
    ("select * from sqlite_master", "unknown_table"),
    ("select * from main.t", "unknown_table"),
    ("select * from memory.main.t", "unknown_table"),
    ("select * from secret", "unknown_table"),
    ("select a from t where a in (select x from secret)", "unknown_table"),
    ("select (with duckdb_tables as (select 1) select 1) from duckdb_tables", "unknown_table"),
    ("with x as (select * from y), y as (select 1) select * from x", "unknown_table"),
    ("with x as (select * from x) select * from x", "unknown_table"),
    ("select hidden from t", "unknown_column"),
    ("select t.hidden from t", "unknown_column"),
    ("select x.hidden from t x", "unknown_column"),
    ("select a from t order by hidden", "unknown_column"),
    ("select a from t where exists (select 1 from 시장 where 시장.주민번호 = '1')", "unknown_column"),
    ("select rowid from t", "unknown_column"),
    ("select * from read_csv('/etc/passwd')", "function_refused"),
    ("select * from read_csv_auto('/etc/passwd')", "function_refused"),
    ("select * from read_parquet('/x/*.parquet')", "function_refused"),
    ("select * from parquet_scan('x')", "function_refused"),
    ("select * from read_text('/etc/passwd')", "function_refused"),
    ("select * from read_blob('/etc/passwd')", "function_refused"),
    ("select * from read_json('/x')", "function_refused"),
    ("select * from glob('/*')", "function_refused"),
    ("select * from sniff_csv('/etc/passwd')", "function_refused"),
    ("select * from parquet_metadata('/x')", "function_refused"),
    ("select * from duckdb_settings()", "function_refused"),
    ("select * from duckdb_secrets()", "function_refused"),
    ("select * from duckdb_tables()", "function_refused"),
    ("select * from pragma_table_info('t')", "function_refused"),
    ("select * from query('select 1')", "function_refused"),
    ("select * from query_table('secret')", "function_refused"),
    ("select * from arrow_scan(1, 2, 3)", "function_refused"),
    ("select * from pandas_scan(1)", "function_refused"),
    ("select * from json_execute_serialized_sql('{}')", "function_refused"),
    ("select * from range(10)", "function_refused"),
    ("select * from t, lateral read_csv('/etc/passwd')", "function_refused"),
    ("select * from t join read_text('/etc/passwd') x on true", "function_refused"),
    ("select getenv('HOME')", "function_refused"),
    ("select read_text('/etc/passwd')", "function_refused"),
    ("select current_setting('temp_directory')", "function_refused"),
    ("select getvariable('x')", "function_refused"),
    ("select nextval('s')", "function_refused"),
    ("select version()", "function_refused"),
    ("select current_user()", "function_refused"),
    ("select current_schemas(true)", "function_refused"),
    ("select write_log('x')", "function_refused"),
    ("select sleep_ms(10000)", "function_refused"),
    ("select pg_get_viewdef('t')", "function_refused"),
    ("select json_serialize_plan('select 1')", "function_refused"),
    ("select \"getenv\"('HOME')", "function_refused"),
    ("select a.getenv() from t", "function_refused"),
    ("select main.getenv('HOME')", "function_refused"),
    ("select a from t where getenv('HOME') = 'x'", "function_refused"),
    ("select sum(a) over (order by getenv('HOME')) from t", "function_refused"),
]


@pytest.mark.parametrize(("query", "code"), REFUSED)
def test_anything_else_is_refused_with_its_reason(query, code):
    with pytest.raises(QueryRefused) as refused:
        check(query, ALLOWED)
    assert refused.value.code == code, refused.value.en
    assert refused.value.ko and refused.value.en


def test_only_what_the_query_can_need_is_asked_for():
    assert check("select a, count(*) from t where b > 1 group by a", ALLOWED).columns == {"t": ["a", "b"]}
    assert check("select * from t", ALLOWED).columns == {"t": None}
    assert check("select t from t", ALLOWED).columns == {"t": None}
    assert check("select 시장명 from 시장, t", ALLOWED).tables == ("t", "시장")
    assert check("select count(*) from t", ALLOWED).columns == {"t": []}


def test_names_are_taken_without_regard_to_case_as_the_engine_does():
    assert check("select A from T", ALLOWED).tables == ("t",)


def test_the_names_that_a_query_wants_are_told_before_anything_is_granted():
    query = 'with x as (select * from 시장) select * from x join "bus-stops" b on true, (select * from t), main.y'
    assert sorted(names(query)) == ["bus-stops", "t", "시장"]
    with pytest.raises(QueryRefused):
        names("select (")
