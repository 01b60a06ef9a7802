"""What the names of columns say: of one column, and of what a table's rows are."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

# A column that says so by its name; the first that fits counts
_SAID: tuple[tuple[str, str], ...] = (
    ("corporate", r"법인.{0,4}번호|crno|corp.?(?:reg|no|num)|법인등록"),
    ("business", r"사업자.{0,6}번호|biz.?(?:no|num|reg)|brno|business.?(?:reg|no|num)"),
    ("foreigner_number", r"외국인.{0,4}(?:등록)?번호|국내거소"),
    ("resident_number", r"주민.{0,4}번호|주민번호|실명번호|^jumin|jumin|rrn|ihidnum|resident.?(?:reg|no|num|id)|^ssn$"),
    ("passport", r"여권|passport"),
    ("driver_licence", r"(?:운전)?면허.{0,3}번호|driver.?s?.?licen"),
    ("health_insurance", r"(?:건강)?보험증.{0,3}번호|건보.{0,3}번호|건강보험.{0,3}번호"),
    ("bank_account", r"계좌|통장|account.?(?:no|num)|acnt.?no|acctno|bank.?acc"),
    ("vehicle", r"차량.{0,4}번호|차번호|자동차.{0,4}번호|번호판|vhcl.?no|plate.?(?:no|num)|license.?plate"),
    ("card", r"(?:신용|체크|카드).{0,3}번호|card.?(?:no|num)"),
    ("fax", r"팩스|fax"),
    ("phone", r"전화|연락처|휴대폰|핸드폰|휴대전화|phone|mobile|cell|(?:^|_)tel(?:$|_|no)|telno|hp.?no|mbtl"),
    ("email", r"이메일|메일|e.?mail"),
    ("birth_date", r"생년월일|출생일|생일|출생.?연?월일|birth|(?:^|_)dob(?:$|_)|brthdy|brdt"),
)
INNOCENT = ("corporate", "business", "fax", "card", "bank_account")  # numbers that telephones are not taken among
SAID = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _SAID)

_OFFICER = re.compile(
    r"대표|원장|이사장|센터장|소장|관장|점장|교장|단장|회장|사장|책임자|담당|관리자|운영자|설립자|작가|저자|감독|배우|출연|예술가"
    r"|의원|후보|위인|인물|수상자|선수|기관장|시장명|representative|ceo|author|artist|director|manager|captain|rprsntv"
)
_PERSON = re.compile(
    r"^(?:성명|이름|성함|(?:full.?|first.?|last.?|person.?|user.?|customer.?|patient.?)?name|nm)$|성명|성함"
    r"|(?:^|[_\s])(?:신청|민원|신고|수급|대상|피해|가입|참여|참가|접수|예약|구매|보호|임차|임대|매수|매도|의뢰|제보|건의|소유)"
    r"(?:자|인)(?:명|_?이름|성명)?$|(?:환자|학생|회원|고객|직원|사원|교사|가족|세대주|배우자|보호자|예금주|수취인|소유주|입주자|응시자)"
    r"(?:명|_?이름)?$",
    re.IGNORECASE,
)
_NOT_PERSON_NAME = re.compile(
    r"시설|기관|상호|업소|업체|회사|법인|점포|매장|가게|병원|약국|학교|단체|사업|건물|아파트|단지|제품|상품|품목|도로|지역|지명|동네|행정|파일|부서|과명"
    r"|데이터|역명|노선|정류|코드|사이트|주소"
)
PLACES = re.compile(
    r"시설명|기관명|상호|업소|업체명|회사|법인명|사업장|점포|매장|가맹점명|병원명|의원명|약국|학교명|어린이집|유치원|단체명|센터명|관광지|식당|음식점"
    r"|호텔|숙박|주차장|도서관|공원명|건물명|시설|지점명|대리점|사업체|영업소|판매소|기업명|관명|업종|장소|명소|판매업|운영기관|관리기관|소관"
    r"|company|facility|store|hospital|school|organi[sz]ation|restaurant|venue|institution|bplc|place|trrsrt|entrps|fclty",
    re.IGNORECASE,
)
PEOPLE = re.compile(
    r"성명|성함|surname|given.?name|성별|나이$|연령$|^age$|^sex$|gender|주민|생년월일|환자|회원(?!국|사|수)|고객(?!센터)|신청인|민원인|수급자|세대주|학번|사번|피해자|가입자|응시자|보호자"
    r"|patient|customer|person.?id|user.?id|birth",
    re.IGNORECASE,
)
UNNAMED = re.compile(r"^(?:column|열)_?\d+$")  # a name made for a column of a file without a header
ADDRESS = re.compile(r"주소|거주지|address|(?:^|_)addr|도로명(?!코드)|지번|adres", re.IGNORECASE)
HOME = re.compile(r"거주|자택|집.?주소|본적|home", re.IGNORECASE)


def said(name: str) -> str:
    """The kind that a column says it is; empty for none. `corporate`, `business` and `fax` are no person's."""
    if re.search(
        r"여부|건수|개수|_?수$|유무|구분|종류|유형|형태|코드$|count|type|flag|면허종|등록일|사용료|금액",
        name,
        re.IGNORECASE,
    ):
        return ""
    kind = next((kind for kind, pattern in SAID if pattern.search(name)), "")
    if kind == "birth_date" and re.search(r"법인|회사|설립|아기|신생아|출생아|생일카페", name):
        return ""
    return kind


def says_person(name: str) -> bool:
    """A column of private persons' names."""
    return bool(_PERSON.search(name.strip())) and not _NOT_PERSON_NAME.search(name) and not says_officer(name)


def says_officer(name: str) -> bool:
    """Names that stand for an office or a work: the head of a firm, whoever answers its telephone, an author."""
    return bool(_OFFICER.search(name.lower()))


@dataclass(frozen=True)
class About:
    """What a table's rows are, as far as its columns' names tell."""

    places: str = ""  # the column that says so
    people: str = ""

    @classmethod
    def of(cls, names: Iterable["Called"]) -> "About":
        """Places only by the file's own names; rows of a file without a header may be people's."""
        names = list(names)
        places = next((n.source for n in names if PLACES.search(n.source)), "")
        people = next((n.both for n in names if PEOPLE.search(n.both)), "")
        bare = [n.source for n in names if UNNAMED.match(n.source)]
        return cls(places, people or (bare[0] if 2 * len(bare) > len(names) else ""))


@dataclass(frozen=True)
class Called:
    """A column's name in the file, and the one that a steward gave it, which may add suspicion and never takes any."""

    source: str
    name: str

    @property
    def both(self) -> str:
        return self.source if self.source == self.name else f"{self.name} {self.source}"

    @property
    def said(self) -> str:
        given = said(self.name)
        return said(self.source) or (given if given not in INNOCENT else "")

    @property
    def person(self) -> bool:
        return says_person(self.source) or (says_person(self.name) and not says_officer(self.source))

    @property
    def officer(self) -> bool:
        return says_officer(self.source)
