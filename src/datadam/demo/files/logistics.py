"""Logistics: containers month by month, warehouses in two sheets, lorries by the hour."""

import datetime as dt

from datadam.demo.files.places import BUSY, districts, near
from datadam.demo.files.writers import Row, comma, delimited, dice, parquet, workbook

QUAYS = (
    ("북항", "갈매기부두"),
    ("북항", "오륙도부두"),
    ("신항", "가덕1부두"),
    ("신항", "가덕2부두"),
    ("감천항", "천마부두"),
)


def containers() -> bytes:
    """UTF-16 with tabs, as a spreadsheet's "Unicode text"; months as 2021년 5월."""
    roll = dice("containers")
    rows: list[list[object]] = [["년월", "항만", "부두", "구분", "20피트", "40피트", "합계(TEU)", "공컨테이너비율(%)"]]
    for month in range(66):
        year, number = 2021 + month // 12, month % 12 + 1
        for port, quay in QUAYS:
            for kind, share in (("수출", 1.0), ("수입", 0.95), ("환적", 1.3)):
                twenty = int(share * roll.uniform(9_000, 21_000))
                forty = int(share * roll.uniform(14_000, 38_000))
                rows.append([f"{year}년 {number}월", port, quay, kind, comma(twenty), comma(forty),
                             comma(twenty + 2 * forty), round(roll.uniform(8, 31), 1)])  # fmt: skip
    return delimited(rows, separator="\t").encode("utf-16")


FIRMS = ("물결물류", "한바다로지스", "동백풀필먼트", "가덕콜드체인", "부산포물류", "등대유통")
WARMTH = ("상온", "냉장", "냉동", "복합")


def warehouses() -> bytes:
    """XLSX with two sheets that are two tables: the warehouses, and how full they were each month."""
    roll = dice("warehouses")
    places: list[Row] = [["창고번호", "창고명", "운영사", "구군", "위도", "경도", "온도대", "연면적(㎡)", "준공일"]]
    filled: list[Row] = [["창고번호", "기준월", "가동률", "입고건수", "출고건수"]]
    busy = [d for d in districts() if d.code in {"26440", "26380", "26530", "26290", "26200", "26710", "26320"}]
    for number in range(1, 49):
        district = busy[number % len(busy)]
        point = near(roll, district, 0.014 if district.code == "26440" else 0.005)
        firm = roll.choice(FIRMS)
        places.append([f"W{number:04d}", f"{firm} {district.name_ko} {number}센터", firm, district.name_ko, point.lat,
                       point.lon, roll.choice(WARMTH), roll.randrange(1_200, 48_000),
                       dt.date(2004, 1, 1) + dt.timedelta(days=roll.randrange(7_900))])  # fmt: skip
        for month in range(1, 13):
            received = roll.randrange(400, 9_000)
            filled.append([f"W{number:04d}", f"2025-{month:02d}", round(roll.uniform(0.41, 0.99), 3), received,
                           int(received * roll.uniform(0.86, 1.1))])  # fmt: skip
    return workbook({"물류창고": places, "월별가동률": filled})


def lorry_traffic() -> bytes:
    """Parquet with typed columns: the roadside counts of two weeks, an hour a row."""
    import pyarrow as pa

    roll = dice("lorries")
    names: list[str] = ["통행시각", "구간코드", "출발구군", "도착구군", "통행대수", "평균속도", "공차율"]
    values: dict[str, list[object]] = {name: [] for name in names}
    seoul = dt.timezone(dt.timedelta(hours=9))
    towns = districts()
    for section in range(24):
        start, end = towns[section % 16], towns[(section * 7 + 11) % 16]
        for hour in range(14 * 24):
            at = dt.datetime(2026, 6, 1, tzinfo=seoul) + dt.timedelta(hours=hour)
            rush = 2.1 if 8 <= at.hour <= 18 else 0.7
            lorries = int(rush * BUSY[start.code] * roll.uniform(20, 130))
            row = (at, f"{section + 1:03d}", start.name_ko, end.name_ko, lorries,
                   round(roll.uniform(21, 78), 1), round(roll.uniform(0.12, 0.48), 3))  # fmt: skip
            for name, value in zip(names, row, strict=True):
                values[name].append(value)
    types = [pa.timestamp("us", tz="Asia/Seoul"), pa.string(), pa.string(), pa.string(), pa.int32(), pa.float64(),
             pa.float64()]  # fmt: skip
    return parquet({name: pa.array(values[name], kind) for name, kind in zip(names, types, strict=True)})
