"""Health: clinics open at night, hourly air, check-ups by district (whose next edition has another schema)."""

import datetime as dt
import random

from datadam.cities import District
from datadam.demo.files.places import BUSY, districts, near, phone
from datadam.demo.files.writers import comma, delimited, dice, ndjson, trailing_commas

# Syllables that CP949 has and EUC-KR has not; a reader that asks for EUC-KR loses these names.
CLINIC_WORDS = ("똠방", "펲민트", "샾", "갈매기", "오륙도", "동백", "달맞이", "온천", "솔밭", "파도", "광안", "하늘")
CLINIC_KINDS = ("의원", "한의원", "치과의원", "병원", "약국")
ROADS = ("등대로", "물결길", "동백나무로", "솔바람길", "항구로", "언덕길")


def night_clinics() -> bytes:
    """CP949 with syllables outside EUC-KR, codes with leading zeros, days as 2021.05.03."""
    roll = dice("clinics")
    rows: list[list[object]] = [
        ["기관코드", "기관명", "종별", "구군", "주소", "전화번호", "위도", "경도",
         "평일종료시각", "휴일진료", "병상수", "지정일"]
    ]  # fmt: skip
    number = 412
    for district in districts():
        for _ in range(int(8 + 8 * BUSY[district.code])):
            number += roll.randrange(1, 90)
            rows.append(_clinic(roll, district, number))
    return delimited(rows).encode("cp949")


def _clinic(roll: random.Random, district: District, number: int) -> list[object]:
    kind = roll.choice(CLINIC_KINDS)
    point = near(roll, district)
    day = dt.date(2021, 5, 3) + dt.timedelta(days=roll.randrange(1700))
    return [
        f"{number:08d}", f"{roll.choice(CLINIC_WORDS)}{kind}", kind, district.name_ko,
        f"부산광역시 {district.name_ko} {roll.choice(ROADS)} {roll.randrange(1, 240)}", phone(roll),
        point.lat, point.lon,
        f"{roll.choice((20, 21, 22, 23))}:{roll.choice(('00', '30'))}", roll.choice("YN"),
        roll.randrange(30, 300) if kind == "병원" else "", day.strftime("%Y.%m.%d"),
    ]  # fmt: skip


GRADES = ((30, "좋음"), (80, "보통"), (150, "나쁨"))


def hourly_air() -> bytes:
    """NDJSON with zones in its times, missing readings, and one line that was cut off in transfer."""
    roll = dice("air")
    records = []
    for district in districts():
        level = roll.uniform(22, 44)
        for hour in range(14 * 24):
            at = dt.datetime(2026, 6, 1) + dt.timedelta(hours=hour)
            level = max(6.0, level + roll.gauss(0, 4) + (34 - level) * 0.06)
            pm10 = None if roll.random() < 0.01 else round(level)
            records.append({
                "측정소코드": f"{district.code}1", "구군": district.name_ko,
                "측정일시": f"{at:%Y-%m-%dT%H:%M:%S}+09:00",
                "PM10": pm10, "PM2.5": None if pm10 is None else round(level * roll.uniform(0.45, 0.65)),
                "오존": round(roll.uniform(0.012, 0.071), 3),
                "등급": None if pm10 is None else next(word for top, word in GRADES if pm10 <= top),
            })  # fmt: skip
    lines = ndjson(records).splitlines(keepends=True)
    lines.insert(2024, '{"측정소코드": "263501", "구군": "해운대구", "측정일시": "2026-06-0\n')
    return "".join(lines).encode("utf-8")


AGES = ("20대", "30대", "40대", "50대", "60대", "70대 이상")


def checkups(years: range, *, with_kind: bool = False) -> bytes:
    """UTF-8 with BOM and trailing commas. `with_kind`: the later form, a column more and one renamed."""
    roll = dice(f"checkups {years} {with_kind}")
    header: list[object] = ["기준연도", "구군코드", "구군", "성별", "연령대", "대상인원", "수검인원", "수검률"]
    rows = [[*header[:-1], "수검율(%)", "검진종류"] if with_kind else header]
    for year in years:
        for district in districts():
            for sex in ("남", "여"):
                for age in AGES:
                    people = int(BUSY[district.code] * roll.uniform(5_000, 19_000))
                    rate = roll.uniform(0.52, 0.79)
                    row: list[object] = [year, district.code, district.name_ko, sex, age, comma(people),
                                         comma(int(people * rate)), round(rate * 100, 1)]  # fmt: skip
                    rows.append([*row, roll.choice(("일반", "암", "생애전환기"))] if with_kind else row)
    return b"\xef\xbb\xbf" + trailing_commas(delimited(rows)).encode("utf-8")


CALLED = ("서연", "지호", "하준", "유나", "도윤", "채원", "민재", "수아")
ASKED = (
    "예방접종 날짜를 물음",
    "건강검진 결과지를 다시 보내 달라고 함",
    "치매안심센터 이용을 문의함",
    "금연교실에 신청함",
)


def consultations() -> bytes:
    """Names nobody: invented people with telephones of a range that is not given out, and a number within a sentence.

    What an office must not publish and sends all the same; the city holds it until its steward decides.
    """
    roll = dice("consultations")
    rows: list[list[object]] = [["접수번호", "신청인", "주민등록번호", "휴대전화", "구군", "상담내용"]]
    for number in range(1, 61):
        born = dt.date(1950, 1, 1) + dt.timedelta(days=roll.randrange(24_000))
        resident = f"{born:%y%m%d}-{roll.choice('12') if born.year < 2000 else '3'}{roll.randrange(10**6):06d}"
        mobile = f"010-0000-{roll.randrange(10**4):04d}"
        name = roll.choice("김이박최정강윤임") + roll.choice(CALLED)
        told = roll.choice(ASKED) + (f", {mobile}로 연락 바람" if number % 3 == 0 else "")
        rows.append([f"2026-{number:04d}", name, resident, mobile, roll.choice(districts()).name_ko, told])
    return delimited(rows).encode("cp949")
