"""Finance: card spending (two months), guarantees for young firms, the local currency day by day."""

import datetime as dt

from datadam.demo.files.places import BUSY, districts
from datadam.demo.files.writers import Row, comma, delimited, dice, with_lines, won, workbook

TRADES = {
    "0101": ("한식", 31_000), "0102": ("카페·제과", 9_000), "0103": ("주점", 42_000), "0201": ("편의점", 8_000),
    "0202": ("대형마트", 61_000), "0203": ("전통시장", 18_000), "0301": ("의류", 74_000), "0302": ("서점·문구", 21_000),
    "0401": ("병원·의원", 38_000), "0402": ("약국", 12_000), "0501": ("숙박", 118_000), "0502": ("여행·레저", 96_000),
    "0601": ("주유소", 58_000), "0602": ("대중교통", 1_500),
}  # fmt: skip
AGES = ("20대 이하", "30대", "40대", "50대", "60대 이상")


def card_spending(month: str) -> bytes:
    """CP949, quoted thousands; one line with an unquoted comma, one cut short, two cells that say 해당없음."""
    roll = dice(f"card {month}")
    rows: list[list[object]] = [
        ["기준월", "구군코드", "구군", "업종코드", "업종", "연령대", "결제건수", "결제금액(원)", "전월대비(%)"]
    ]
    for district in districts():
        for code, (trade, ticket) in TRADES.items():
            for age in AGES:
                count = int(BUSY[district.code] * roll.uniform(900, 5200))
                amount = count * int(ticket * roll.uniform(0.8, 1.25)) // 100 * 100
                change = round(roll.gauss(0.6, 4.2), 1)
                rows.append([month, district.code, district.name_ko, code, trade, age,
                             comma(count), comma(amount), change])  # fmt: skip
    rows[140][6] = rows[655][7] = "해당없음"
    broken = {
        203: f'{month},26230,부산진구,0103,주점,야간,40대,"2,114","96,118,300",1.2',
        777: f"{month},26350,해운대구,0501,숙박",
    }
    return with_lines(delimited(rows), broken).encode("cp949")


def startup_guarantees() -> bytes:
    """XLSX whose table starts under a merged title and a line of units."""
    roll = dice("guarantees")
    rows: list[Row] = [
        ["부산 창업기업 보증·융자 지원 현황"],
        ["(단위: 개사, 백만원, %)"],
        ["구군코드", "구군", "업종", "지원연도", "기업수", "보증금액", "융자금액", "3년생존율"],
    ]
    for district in districts():
        for trade in ("제조업", "정보통신업", "물류업", "음식점업", "관광업", "바이오·헬스"):
            for year in range(2021, 2026):
                firms = int(BUSY[district.code] * roll.uniform(6, 40)) + 5
                rows.append([district.code, district.name_ko, trade, year, firms, firms * roll.randrange(20, 120),
                             firms * roll.randrange(10, 80), round(roll.uniform(48, 83), 1)])  # fmt: skip
    return workbook({"지원현황": rows}, merged_title=True)


def local_currency() -> bytes:
    """Semicolons, days as 20260101, UTF-8 without BOM."""
    roll = dice("local currency")
    rows: list[list[object]] = [
        ["결제일자", "구군코드", "구군", "가맹점수", "결제건수", "결제금액", "캐시백금액", "평균결제액"]
    ]
    for day in range(181):
        date = dt.date(2026, 1, 1) + dt.timedelta(days=day)
        weekend = 1.35 if date.weekday() >= 5 else 1.0
        for district in districts():
            count = int(BUSY[district.code] * weekend * roll.uniform(2_000, 5_400))
            amount = won(roll, count * 14_000, count * 23_000)
            rows.append([date.strftime("%Y%m%d"), district.code, district.name_ko,
                         int(3_000 * BUSY[district.code]) + day, count, amount, amount * 7 // 100,
                         round(amount / count, 1)])  # fmt: skip
    return delimited(rows, separator=";", newline="\n").encode("utf-8")
