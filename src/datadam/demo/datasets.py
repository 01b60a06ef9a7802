"""What each file of the demo is: whose it is, what it says about itself, and which editions follow."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from datadam.demo.files import finance, health, logistics, signs, tourism
from datadam.demo.people import AIR, CARD, CITY, HARBOUR, HEALTH, TRAVEL


@dataclass(frozen=True)
class Edition:
    """One file as it arrives. `held`: its schema differs, so the city waits for a steward's word."""

    filename: str
    content: Callable[[], bytes]
    held: bool = False


@dataclass(frozen=True)
class Delivery:
    """What one office sends, edition after edition. `sheet_titles`: titles when one file holds several tables.

    `corrections`: what the steward sets right about columns, as lines of the recipe.
    """

    title: str
    organisation: str
    theme: str
    description: str
    keywords: tuple[str, ...]
    editions: tuple[Edition, ...]
    period: tuple[str, str]
    frequency: str
    licence: str = "kogl-1"
    ai_mark: bool = True
    sheet_titles: tuple[str, ...] = field(default=())
    corrections: str = ""

    @property
    def metadata(self) -> dict[str, object]:
        """The fields of `describe`, without the title."""
        start, end = (dt.date.fromisoformat(day) for day in self.period)
        return {
            "description": f"{self.description}\n\n시연을 위해 지어낸 데이터입니다.",
            "keywords": list(self.keywords),
            "theme": self.theme,
            "spatial": "부산광역시",
            "temporal_start": start,
            "temporal_end": end,
            "frequency": self.frequency,
            "licence": self.licence,
            "ai_mark": self.ai_mark,
        }


FINANCE = (
    Delivery(
        "구군별 업종별 카드 소비",
        CARD,
        "finance",
        "동백카드 회원이 부산에서 결제한 건수와 금액을 구군, 업종, 연령대로 묶은 월별 집계입니다. "
        "다섯 명 미만인 칸은 제공 전에 합쳤습니다.",
        ("카드", "소비", "상권", "업종", "구군"),
        (
            Edition("동백카드_소비집계_202605.csv", partial(finance.card_spending, "202605")),
            Edition("동백카드_소비집계_202606.csv", partial(finance.card_spending, "202606")),
        ),
        ("2026-05-01", "2026-06-30"),
        "monthly",
        "kogl-3",
    ),
    Delivery(
        "창업기업 보증·융자 지원 현황",
        CITY,
        "finance",
        "구군과 업종별로 창업기업에 나간 보증과 융자의 금액, 기업 수, 3년 생존율입니다. 금액의 단위는 백만원입니다.",
        ("창업", "보증", "융자", "생존율"),
        (Edition("창업기업 보증·융자 현황(2025년말).xlsx", finance.startup_guarantees),),
        ("2021-01-01", "2025-12-31"),
        "annual",
    ),
    Delivery(
        "지역화폐 일별 결제 현황",
        CITY,
        "finance",
        "지역화폐의 가맹점 수, 결제 건수와 금액, 돌려드린 캐시백을 구군별로 날마다 집계했습니다.",
        ("지역화폐", "캐시백", "가맹점", "일별"),
        (Edition("local_currency_2026H1.csv", finance.local_currency),),
        ("2026-01-01", "2026-06-30"),
        "daily",
        "unlimited",
        False,
    ),
)
HEALTH_CARE = (
    Delivery(
        "야간·휴일 진료 의료기관",
        HEALTH,
        "health",
        "늦은 저녁이나 쉬는 날에 문을 여는 의원과 약국의 위치, 진료 종료 시각, 지정일입니다.",
        ("병원", "약국", "야간진료", "휴일진료", "위치"),
        (Edition("야간휴일진료기관_현황.csv", health.night_clinics),),
        ("2021-05-03", "2026-06-30"),
        "irregular",
    ),
    Delivery(
        "대기질 시간별 측정값",
        AIR,
        "health",
        "구군마다 하나씩 있는 측정소가 한 시간마다 잰 미세먼지, 초미세먼지, 오존 값과 등급입니다.",
        ("미세먼지", "대기질", "오존", "시간별"),
        (Edition("air_quality_20260601.ndjson", health.hourly_air),),
        ("2026-06-01", "2026-06-14"),
        "daily",
        "unlimited",
        False,
    ),
    Delivery(
        "구군별 건강검진 수검 현황",
        HEALTH,
        "health",
        "건강검진 대상 인원과 받은 인원을 구군, 성별, 연령대로 나눈 연도별 집계입니다.",
        ("건강검진", "수검률", "연령대", "구군"),
        (
            Edition("건강검진_수검현황_2023-2025.csv", partial(health.checkups, range(2023, 2026))),
            Edition(
                "건강검진_수검현황_2023-2026.csv",
                partial(health.checkups, range(2023, 2027), with_kind=True),
                held=True,
            ),
        ),
        ("2023-01-01", "2025-12-31"),
        "annual",
    ),
)
LOGISTICS = (
    Delivery(
        "부두별 컨테이너 처리량",
        HARBOUR,
        "logistics",
        "항만과 부두, 수출·수입·환적별로 달마다 처리한 컨테이너 수와 빈 컨테이너의 비율입니다.",
        ("컨테이너", "항만", "부두", "TEU", "수출입"),
        (Edition("컨테이너처리량_월별.txt", logistics.containers),),
        ("2021-01-01", "2026-06-30"),
        "monthly",
    ),
    Delivery(
        "물류창고와 월별 가동률",
        HARBOUR,
        "logistics",
        "부산 물류창고의 위치, 온도대, 넓이와 달마다의 가동률, 입출고 건수입니다.",
        ("물류창고", "콜드체인", "가동률", "위치"),
        (Edition("물류창고_2025.xlsx", logistics.warehouses),),
        ("2025-01-01", "2025-12-31"),
        "annual",
        sheet_titles=("물류창고 현황", "물류창고 월별 가동률"),
    ),
    Delivery(
        "화물차 구간 통행량",
        HARBOUR,
        "logistics",
        "주요 화물 구간을 지난 화물차 수, 평균 속도, 빈 차의 비율을 한 시간마다 집계했습니다.",
        ("화물차", "통행량", "공차율", "시간별"),
        (Edition("lorry_traffic_202606.parquet", logistics.lorry_traffic),),
        ("2026-06-01", "2026-06-14"),
        "weekly",
        "kogl-2",
    ),
    Delivery(
        "항만 표지 사진과 무중신호 소리",
        HARBOUR,
        "logistics",
        "항만 표지 여섯 가지를 날씨를 달리해 찍은 사진과 안개 속에서 울리는 무중신호의 소리입니다. "
        "표지의 상태와 찍은 날의 날씨를 라벨로 붙여, 표지를 알아보는 인공지능을 가르치는 데 쓸 수 있습니다.",
        ("항만", "표지", "사진", "소리", "인공지능", "라벨"),
        (
            Edition("항만표지_202605.zip", partial(signs.signs, "202605")),
            Edition("항만표지_202606.zip", partial(signs.signs, "202606")),
        ),
        ("2026-05-01", "2026-06-30"),
        "monthly",
    ),
)
TOURISM = (
    Delivery(
        "주요 관광지 일별 방문객",
        TRAVEL,
        "tourism",
        "부산의 대표 관광지 열여섯 곳을 찾은 사람의 수와 외국인 비율, 혼잡도를 날마다 추정했습니다.",
        ("관광지", "방문객", "외국인", "혼잡도", "위치"),
        (Edition("sights_visitors_2026Q2.json", tourism.visitors),),
        ("2026-04-01", "2026-06-30"),
        "quarterly",
    ),
    Delivery(
        "축제와 행사 일정",
        CITY,
        "tourism",
        "구군에서 여는 축제의 때와 곳, 예상 관람객, 소개입니다. 위치가 있어 지도에서 볼 수 있습니다.",
        ("축제", "행사", "일정", "위치"),
        (Edition("2026 축제일정.csv", tourism.festivals),),
        ("2026-03-01", "2026-11-30"),
        "annual",
    ),
    Delivery(
        "숙박시설 현황",
        TRAVEL,
        "tourism",
        "등록된 숙박시설의 위치, 객실 수, 평균 요금, 점유율, 등록일입니다.",
        ("숙박", "호텔", "객실", "요금", "위치"),
        (Edition("숙박시설현황.csv", tourism.stays),),
        ("2009-05-01", "2026-06-30"),
        "quarterly",
        "kogl-4",
        False,
        corrections="""
rename "평균요금(원)" -> "평균요금"
describe "평균요금(원)" "하룻밤 방값의 평균" unit "원"
rename "점유율(%)" -> "점유율"
describe "점유율(%)" "지난달에 손님이 든 객실의 비율" unit "%"
missing "구분" "-"
""",
    ),
)
DELIVERIES = (*FINANCE, *HEALTH_CARE, *LOGISTICS, *TOURISM)

# A file that nobody has sent yet: for trying the upload page by hand. The recipe of the months before cleans it.
SPARE = Edition("동백카드_소비집계_202607.csv", partial(finance.card_spending, "202607"))
