"""Tourism: visitors at the sights, festivals, places to stay."""

import datetime as dt
import json
import random

from datadam.cities import District
from datadam.demo.files.places import BUSY, districts, near
from datadam.demo.files.writers import comma, delimited, dice

SIGHTS = (
    ("해운대해수욕장", "26350", 35.1587, 129.1604), ("광안리해수욕장", "26500", 35.1532, 129.1187),
    ("태종대", "26200", 35.0520, 129.0870), ("감천문화마을", "26380", 35.0975, 129.0106),
    ("자갈치시장", "26110", 35.0966, 129.0305), ("용두산공원", "26110", 35.1006, 129.0326),
    ("해동용궁사", "26710", 35.1884, 129.2233), ("범어사", "26410", 35.2839, 129.0680),
    ("오륙도", "26290", 35.1004, 129.1238), ("송도해수욕장", "26140", 35.0756, 129.0170),
    ("다대포해수욕장", "26380", 35.0466, 128.9656), ("흰여울문화마을", "26200", 35.0785, 129.0445),
    ("부산시민공원", "26230", 35.1683, 129.0573), ("동래읍성", "26260", 35.2122, 129.0917),
    ("을숙도", "26380", 35.1036, 128.9429), ("이기대", "26290", 35.1184, 129.1222),
)  # fmt: skip


def visitors() -> bytes:
    """JSON in an envelope, the way a public API pages its answer."""
    roll = dice("visitors")
    names = {d.code: d.name_ko for d in districts()}
    records = []
    for place, code, lat, lon in SIGHTS:
        base = roll.uniform(2_000, 15_000)
        for day in range(91):
            date = dt.date(2026, 4, 1) + dt.timedelta(days=day)
            people = int(base * (1.6 if date.weekday() >= 5 else 1.0) * roll.uniform(0.7, 1.35))
            records.append({
                "관광지명": place, "구군코드": code, "구군": names[code], "위도": lat, "경도": lon,
                "기준일": date.isoformat(), "방문객수": people, "외국인비율": round(roll.uniform(0.03, 0.31), 3),
                "혼잡도": "높음" if people > base * 1.5 else "보통" if people > base * 0.9 else "낮음",
            })  # fmt: skip
    envelope = {"page": 1, "perPage": len(records), "totalCount": len(records), "data": records}
    return json.dumps(envelope, ensure_ascii=False, indent=1).encode("utf-8")


NATIONS = ("일본", "대만", "중국", "미국", "베트남", "필리핀", "태국", "독일", "몽골", "네팔")


def foreign_spending() -> bytes:
    """CP949, how many visitors of each nation paid by card in which district: of some nations one or two."""
    roll = dice("foreign spending")
    rows: list[list[object]] = [["기준분기", "국적", "구군", "이용자수", "이용금액"]]
    for rank, nation in enumerate(NATIONS):
        for district in districts():
            people = round(900 / 2**rank * roll.uniform(0.6, 1.5)) + (rank % 3 == 0)
            rows.append(["2026년 2분기", nation, district.name_ko, people, people * roll.randrange(40, 180) * 1000])
    return delimited(rows).encode("cp949")


FESTIVALS = ("바다미술", "불꽃", "등불", "어묵", "갈매기", "동백", "재즈", "책", "커피", "걷기", "드론", "수제맥주")


def festivals() -> bytes:
    """UTF-8, cells with line breaks and quotation marks inside, days as 2026.05.03."""
    roll = dice("festivals")
    rows: list[list[object]] = [
        ["행사번호", "행사명", "구군", "장소", "위도", "경도", "시작일", "종료일", "예상관람객", "소개"]
    ]
    for number in range(1, 73):
        district = districts()[number % 16]
        rows.append(_festival(roll, number, district))
    return delimited(rows).encode("utf-8")


def _festival(roll: random.Random, number: int, district: District) -> list[object]:
    theme = FESTIVALS[number % len(FESTIVALS)]
    start = dt.date(2026, 3, 1) + dt.timedelta(days=roll.randrange(250))
    point = near(roll, district)
    end = start + dt.timedelta(days=roll.randrange(1, 5))
    story = f'{district.name_ko}의 "{theme}" 이야기를 나눕니다.\n1) 여는 마당\n2) {theme} 체험, 시장\n비 오면 실내에서.'
    return [
        f"E{number:03d}", f"{district.name_ko} {theme}축제", district.name_ko, f"{district.name_ko} 문화마당",
        point.lat, point.lon, start.strftime("%Y.%m.%d"), end.strftime("%Y.%m.%d"),
        comma(roll.randrange(800, 90_000, 100)), story,
    ]  # fmt: skip


STAYS = ("관광호텔", "일반호텔", "호스텔", "한옥체험업", "생활숙박업")
STAY_WORDS = ("물결", "등대", "동백꽃", "해돋이", "갈매기", "달빛", "솔숲", "파도소리")


def stays() -> bytes:
    """CP949, quoted thousands, days as 2021년 5월 3일, codes with leading zeros."""
    roll = dice("stays")
    rows: list[list[object]] = [
        ["관리번호", "숙박시설명", "구분", "구군", "위도", "경도", "객실수", "평균요금(원)", "점유율(%)", "등록일"]
    ]
    number = 17
    for district in districts():
        for _ in range(int(6 + 22 * BUSY[district.code])):
            number += roll.randrange(1, 40)
            day = dt.date(2009, 5, 3) + dt.timedelta(days=roll.randrange(6_100))
            point = near(roll, district)
            rows.append([f"{number:07d}", f"{roll.choice(STAY_WORDS)} {roll.choice(('호텔', '스테이', '여관'))}",
                         roll.choice(STAYS), district.name_ko, point.lat, point.lon, roll.randrange(8, 320),
                         comma(roll.randrange(38_000, 320_000, 1_000)), round(roll.uniform(31, 96), 1),
                         f"{day.year}년 {day.month}월 {day.day}일"])  # fmt: skip
    return delimited(rows).encode("cp949")
