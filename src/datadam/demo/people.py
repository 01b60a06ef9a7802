"""The cast of the demo city: invented offices, firms and people, one login per kind of user."""

from dataclasses import dataclass

CITY, HEALTH, AIR, HARBOUR, TRAVEL, CARD, SHOP = (
    "busan-data", "busan-health", "busan-air", "harbour-logistics", "busan-travel", "dongbaek-card", "gadeok-analytics",
)  # fmt: skip


@dataclass(frozen=True)
class Office:
    name: str
    title: str
    title_en: str
    kind: str
    registration: str  # the first nine digits of an invented business registration number, "" for offices
    email: str
    description: str


OFFICES = (
    Office(CITY, "부산광역시 데이터정책과", "Busan Data Policy Division", "city", "", "data@busan.example",
           "시의 데이터를 모으고 공개합니다."),
    Office(HEALTH, "부산시민건강센터", "Busan Citizens' Health Centre", "public", "", "health@busan.example",
           "의료기관과 건강검진 데이터를 맡습니다."),
    Office(AIR, "부산대기측정소", "Busan Air Station", "public", "", "air@busan.example",
           "공기를 재고 한 시간마다 알립니다."),
    Office(HARBOUR, "갈매기항만물류", "Galmaegi Harbour Logistics", "firm", "621810001", "data@galmaegi.example",
           "부두와 창고, 화물차를 운영하는 물류 기업입니다."),
    Office(TRAVEL, "부산관광데이터센터", "Busan Travel Data Centre", "public", "", "travel@busan.example",
           "관광지와 숙박시설의 데이터를 맡습니다."),
    Office(CARD, "동백카드", "Dongbaek Card", "firm", "621810002", "data@dongbaek.example",
           "결제 데이터를 집계해 공급하는 금융 기업입니다."),
    Office(SHOP, "가덕애널리틱스", "Gadeok Analytics", "firm", "621810003", "hello@gadeok.example",
           "도시 데이터로 상권과 수요를 예측하는 수요 기업입니다."),
)  # fmt: skip


@dataclass(frozen=True)
class Character:
    """`kind` names the user in the demo's table; `city_role` and `seats` (organisation → role) are what they may."""

    kind: str
    login: str
    name: str
    label: str
    city_role: str = ""
    seats: tuple[tuple[str, str], ...] = ()
    scopes: tuple[str, ...] = ("read",)

    @property
    def password(self) -> str:
        return f"{self.login}-of-busan"

    @property
    def email(self) -> str:
        return f"{self.login}@busan.example"

    @property
    def totp_secret(self) -> str | None:
        """What is in the authenticator of those who need one; as public as the passwords."""
        return f"DATADAM{self.kind.upper()}".ljust(32, "2") if self.city_role else None


CAST = (
    Character("officer", "officer", "나담당", "데이터 담당관 · city data officer", "officer",
              ((CITY, "admin"), (HEALTH, "steward"), (AIR, "steward"), (TRAVEL, "steward")), ("read", "write")),
    Character("provider", "provider", "공제공", "제공 기업 관리자 · provider's steward", "",
              ((CARD, "admin"), (HARBOUR, "steward")), ("read", "write")),
    Character("consumer", "consumer", "소분석", "수요 기업 분석가 · consumer's data scientist", "",
              ((SHOP, "member"),)),
    Character("citizen", "citizen", "시민우", "시민 · citizen"),
    Character("reviewer", "reviewer", "심의연", "심의위원 · reviewer", "reviewer"),
    Character("operator", "operator", "운영자", "운영자 · operator", "operator", (), ("read", "write")),
)  # fmt: skip
