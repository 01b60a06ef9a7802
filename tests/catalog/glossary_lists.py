"""Lists as they are published, authored here: a few entries for reading, and thirteen thousand for size."""

import csv
import io
import itertools

TERMS = [
    "번호", "제정차수", "공통표준용어명", "공통표준용어설명", "공통표준용어영문약어명", "공통표준도메인명", "허용값",
    "저장 형식", "표현 형식", "행정표준코드명", "소관기관명", "용어 이음동의어 목록",
]  # fmt: skip
WORDS = [
    "번호", "제정차수", "공통표준단어명", "공통표준단어영문약어명", "공통표준단어 영문명", "공통표준단어 설명",
    "형식단어여부", "공통표준도메인분류명", "이음동의어 목록", "금칙어 \n목록",
]  # fmt: skip
DOMAINS = [
    "번호", "제정차수", "공통표준도메인그룹명", "공통표준도메인분류명", "공통표준도메인명", "공통표준도메인설명",
    "데이터타입", "데이터길이", "데이터소수점길이", "저장\n형식", "표현\n형식", "단위", "허용값",
]  # fmt: skip


def file(header, rows, encoding="utf-8-sig") -> bytes:
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\r\n")
    writer.writerows([header, *rows])
    return made.getvalue().encode(encoding)


def term(name, abbreviation, domain, *, synonyms="", allowed="", edition="1차", described="뜻"):
    return ["1", edition, name, described, abbreviation, domain, allowed, "", "", "", "", synonyms]


def word(name, abbreviation, form="", synonyms="", forbidden="", edition="1차"):
    return ["1", edition, name, abbreviation, "", "", "Y" if form else "N", form, synonyms, forbidden]


def domain(name, kind, type_, length="", scale="", stored="", unit="", allowed=""):
    return ["1", "1차", kind, kind, name, "", type_, length, scale, stored, "", unit, allowed]


SMALL_TERMS = [
    term("시군구명", "SGG_NM", "명V100", synonyms="구군, 구군명"),
    term("이용일자", "UTZTN_YMD", "연월일C8"),
    term("이용자수", "USER_CNT", "수N10"),
    term("사용여부", "USE_YN", "여부C1", allowed="Y, N"),
    term("주소", "ADDR", "주소V200", synonyms="소재지"),
]
SMALL_WORDS = [
    word("시군구", "SGG"),
    word("명", "NM", "명", "명칭", "네임"),
    word("이용", "UTZTN"),
    word("일자", "YMD", "연월일", "날짜", "날자"),
    word("이용자", "USER"),
    word("수", "CNT", "수", "", "갯수"),
    word("신청", "APLY"),
]
SMALL_DOMAINS = [
    domain("명V100", "명", "VARCHAR", "100"),
    domain("주소V200", "주소", "VARCHAR", "200"),
    domain("연월일C8", "연월일", "CHAR", "8", stored="YYYYMMDD"),
    domain("수N10", "수", "NUMERIC", "10"),
    domain("여부C1", "여부", "CHAR", "1"),
]
SMALL = {
    "공통표준용어.csv": file(TERMS, SMALL_TERMS, "cp949"),
    "공통표준단어.csv": file(WORDS, SMALL_WORDS),
    "공통표준도메인.csv": file(DOMAINS, SMALL_DOMAINS),
}


def big(number=13_159):
    """(terms, words, domains) of the published size, all names different."""
    syllables = "가나다라마바사아자차카타파하거너더러머버"
    names = ["".join(each) for each in itertools.islice(itertools.product(syllables, repeat=3), 4_000)]
    words = [word(name, f"W{at}", "수" if at % 10 == 0 else "") for at, name in enumerate(names)]
    made = itertools.islice(itertools.product(names[:150], names[150:300]), number)
    terms = [term(a + b, f"T{at}", "수N10", synonyms=f"다른{a}{at}") for at, (a, b) in enumerate(made)]
    return file(TERMS, terms), file(WORDS, words), file(DOMAINS, SMALL_DOMAINS)
