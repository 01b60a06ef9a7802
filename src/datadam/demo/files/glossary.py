"""A small glossary in the form of the common standard terms, in words of our own, and a list as the portal has one."""

import csv
import io
from collections.abc import Iterable, Sequence

# 단어: 이름, 영문약어, 영문명, 도메인분류명(형식단어만), 이음동의어, 금칙어
WORDS = (
    ("기준", "CRTR", "criterion", "", "", ""),
    ("결제", "STLM", "settlement", "", "지불", ""),
    ("등록", "REG", "registration", "", "", ""),
    ("지정", "DSGN", "designation", "", "", ""),
    ("측정", "MSRMT", "measurement", "", "계측", ""),
    ("행사", "EVNT", "event", "", "이벤트", ""),
    ("창고", "WRHS", "warehouse", "", "", ""),
    ("기관", "INST", "institution", "", "", ""),
    ("관광지", "TRSM", "tourist site", "", "관광명소", ""),
    ("숙박시설", "LDGFC", "lodging", "", "숙소", ""),
    ("시군구", "SGG", "city, county or district", "", "구군, 자치구", ""),
    ("업종", "TPBIZ", "type of business", "", "", ""),
    ("방문객", "VSTR", "visitor", "", "방문자, 관람객", ""),
    ("객실", "GSRM", "guest room", "", "", ""),
    ("병상", "SKBD", "hospital bed", "", "", ""),
    ("전화", "TEL", "telephone", "", "", ""),
    ("보증", "GRNTE", "guarantee", "", "", ""),
    ("융자", "LOAN", "loan", "", "", ""),
    ("시작", "BGNG", "beginning", "", "개시", ""),
    ("종료", "END", "end", "", "", ""),
    ("코드", "CD", "code", "코드", "", ""),
    ("명", "NM", "name", "명", "이름, 명칭", "네임"),
    ("번호", "NO", "number", "번호", "", ""),
    ("일자", "YMD", "date", "연월일", "일, 날짜", "날자"),
    ("일시", "DT", "date and time", "연월일시분초", "", ""),
    ("월", "MM", "month", "연월", "", ""),
    ("연도", "YR", "year", "연도", "년도", ""),
    ("금액", "AMT", "amount", "금액", "액", "액수"),
    ("건수", "NOCS", "number of cases", "수", "", ""),
    ("수", "CNT", "count", "수", "", "갯수"),
    ("율", "RT", "rate", "율", "비율, 률", ""),
    ("주소", "ADDR", "address", "주소", "", ""),
    ("위도", "LAT", "latitude", "좌표", "", ""),
    ("경도", "LOT", "longitude", "좌표", "", ""),
    ("연령대", "AGRDE", "age group", "구분", "", ""),
    ("성별", "GNDR", "sex", "구분", "", ""),
    ("구분", "SE", "kind", "구분", "", ""),
    ("면적", "AREA", "area", "면적", "", ""),
)
# 도메인: 그룹, 분류, 이름, 타입, 길이, 소수점, 저장형식, 단위, 허용값
DOMAINS = (
    ("명칭", "명", "명V100", "VARCHAR", "100", "", "문자 100자리 이내", "", ""),
    ("명칭", "주소", "주소V200", "VARCHAR", "200", "", "문자 200자리 이내", "", ""),
    ("번호", "번호", "번호V20", "VARCHAR", "20", "", "문자 20자리 이내", "", ""),
    ("번호", "번호", "전화번호V13", "VARCHAR", "13", "", "국번과 번호", "", ""),
    ("코드", "코드", "코드V10", "VARCHAR", "10", "", "문자 10자리 이내", "", ""),
    ("코드", "코드", "시군구코드C5", "CHAR", "5", "", "숫자 5자리", "", ""),
    ("코드", "구분", "구분V20", "VARCHAR", "20", "", "문자 20자리 이내", "", ""),
    ("날짜", "연월일", "연월일C8", "CHAR", "8", "", "YYYYMMDD", "", ""),
    ("날짜", "연월", "연월C6", "CHAR", "6", "", "YYYYMM", "", ""),
    ("날짜", "연도", "연도N4", "NUMERIC", "4", "", "YYYY", "", "1900~2100"),
    ("날짜", "연월일시분초", "연월일시분초D", "DATETIME", "", "", "YYYYMMDDHH24MISS", "", ""),
    ("금액", "금액", "금액N15", "NUMERIC", "15", "", "정수 15자리", "원", ""),
    ("수량", "수", "수N10", "NUMERIC", "10", "", "정수 10자리", "", ""),
    ("수량", "율", "율N5,2", "NUMERIC", "5", "2", "소수 둘째 자리까지", "%", ""),
    ("수량", "면적", "면적N15,2", "NUMERIC", "15", "2", "소수 둘째 자리까지", "㎡", ""),
    ("좌표", "좌표", "위도N9,6", "NUMERIC", "9", "6", "십진 도", "도", "33~39"),
    ("좌표", "좌표", "경도N10,6", "NUMERIC", "10", "6", "십진 도", "도", "124~132"),
)
# 용어: 이름, 영문약어, 도메인, 설명, 허용값, 이음동의어
TERMS = (
    ("시군구명", "SGG_NM", "명V100", "시·군·자치구의 이름", "", "구군, 구군명"),
    ("시군구코드", "SGG_CD", "시군구코드C5", "시·군·자치구를 나타내는 다섯 자리 코드", "", ""),
    ("업종명", "TPBIZ_NM", "명V100", "하는 일의 종류를 부르는 이름", "", "업종"),
    ("업종코드", "TPBIZ_CD", "코드V10", "하는 일의 종류를 나타내는 코드", "", ""),
    ("기준연도", "CRTR_YR", "연도N4", "값이 놓인 해", "", ""),
    ("기준월", "CRTR_MM", "연월C6", "값이 놓인 달", "", "기준연월"),
    ("기준일자", "CRTR_YMD", "연월일C8", "값이 놓인 날", "", ""),
    ("결제일자", "STLM_YMD", "연월일C8", "값을 치른 날", "", ""),
    ("결제금액", "STLM_AMT", "금액N15", "치른 돈", "", ""),
    ("결제건수", "STLM_NOCS", "수N10", "값을 치른 횟수", "", ""),
    ("보증금액", "GRNTE_AMT", "금액N15", "보증하기로 한 돈", "", ""),
    ("등록일자", "REG_YMD", "연월일C8", "올린 날", "", "등재일자"),
    ("지정일자", "DSGN_YMD", "연월일C8", "지정한 날", "", ""),
    ("시작일자", "BGNG_YMD", "연월일C8", "시작하는 날", "", ""),
    ("종료일자", "END_YMD", "연월일C8", "끝나는 날", "", ""),
    ("측정일시", "MSRMT_DT", "연월일시분초D", "잰 때", "", ""),
    ("기관명", "INST_NM", "명V100", "기관을 부르는 이름", "", ""),
    ("기관코드", "INST_CD", "코드V10", "기관을 나타내는 코드", "", ""),
    ("관광지명", "TRSM_NM", "명V100", "관광지를 부르는 이름", "", ""),
    ("행사명", "EVNT_NM", "명V100", "행사를 부르는 이름", "", ""),
    ("행사번호", "EVNT_NO", "번호V20", "행사에 매긴 번호", "", ""),
    ("창고명", "WRHS_NM", "명V100", "창고를 부르는 이름", "", ""),
    ("창고번호", "WRHS_NO", "번호V20", "창고에 매긴 번호", "", ""),
    ("숙박시설명", "LDGFC_NM", "명V100", "숙박시설을 부르는 이름", "", ""),
    ("주소", "ADDR", "주소V200", "자리를 나타내는 글", "", "소재지"),
    ("전화번호", "TELNO", "전화번호V13", "전화를 거는 번호", "", "연락처"),
    ("위도", "LAT", "위도N9,6", "적도에서 남북으로 떨어진 각도", "", ""),
    ("경도", "LOT", "경도N10,6", "본초 자오선에서 동서로 떨어진 각도", "", ""),
    ("방문객수", "VSTR_CNT", "수N10", "찾아온 사람의 수", "", ""),
    ("객실수", "GSRM_CNT", "수N10", "묵을 수 있는 방의 수", "", ""),
    ("병상수", "SKBD_CNT", "수N10", "병상의 수", "", ""),
    ("성별", "GNDR", "구분V20", "남녀의 구분", "남, 여", ""),
    ("연령대", "AGRDE", "구분V20", "나이를 열 살씩 묶은 구분", "", ""),
    ("구분", "SE", "구분V20", "갈래를 나타내는 말", "", ""),
)


def _csv(header: str, rows: Iterable[Sequence[str]], encoding: str) -> bytes:
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\r\n")
    writer.writerow(header.split("|"))
    writer.writerows([str(number), *row] for number, row in enumerate(rows, 1))
    return made.getvalue().encode(encoding)


def terms() -> bytes:
    """공통표준용어, in CP949 as older files are."""
    header = (
        "번호|제정차수|공통표준용어명|공통표준용어설명|공통표준용어영문약어명|공통표준도메인명|허용값|"
        "저장 형식|표현 형식|행정표준코드명|소관기관명|"
        "용어 이음동의어 목록"
    )
    rows = (
        ("1차", name, told, short, domain, allowed, "-", "-", "-", "-", more)
        for name, short, domain, told, allowed, more in TERMS
    )
    return _csv(header, rows, "cp949")


def words() -> bytes:
    """공통표준단어, with a BOM."""
    header = (
        "번호|제정차수|공통표준단어명|공통표준단어영문약어명|공통표준단어 영문명|공통표준단어 설명|"
        "형식단어여부|공통표준도메인분류명|이음동의어 목록|"
        "금칙어 목록"
    )
    rows = (
        ("1차", n, short, english, f"시연용 단어 ‘{n}’", "Y" if kind else "N", kind, also, bad)
        for n, short, english, kind, also, bad in WORDS
    )
    return _csv(header, rows, "utf-8-sig")


def domains() -> bytes:
    """공통표준도메인, with a BOM."""
    header = (
        "번호|제정차수|공통표준도메인그룹명|공통표준도메인분류명|공통표준도메인명|공통표준도메인설명|"
        "데이터타입|데이터길이|데이터소수점길이|저장 형식|"
        "표현 형식|단위|허용값"
    )
    rows = (
        ("1차", group, kind, name, f"{kind} 값의 형식", type_, length, scale, stored, stored, unit, allowed)
        for group, kind, name, type_, length, scale, stored, unit, allowed in DOMAINS
    )
    return _csv(header, rows, "utf-8-sig")


# What the portal is made to list: (기관, 목록명, 분류체계, 수정일)
PORTAL = (
    ("부산시민건강센터", "야간·휴일 진료 의료기관", "보건의료", "2026-03-02"),
    ("부산관광데이터센터", "축제 행사 일정", "문화관광", "2026-02-11"),
    ("부산관광데이터센터", "주요 관광지 일별 방문객_20260630", "문화관광", "2026-07-04"),
    ("부산대기측정소", "대기질 시간별 측정값", "환경기상", "2026-06-02"),
    ("부산대기측정소", "실내공기질 측정 현황", "환경기상", "2025-12-19"),
    ("부산광역시 데이터정책과", "공공와이파이 설치 현황", "과학기술", "2025-11-30"),
    ("부산광역시 데이터정책과", "민원 처리 현황", "공공행정", "2026-01-15"),
    ("바다마을군", "어촌계 현황", "농축수산", "2026-01-20"),
)


def portal_list() -> bytes:
    """목록개방현황 of an invented portal."""
    header = (
        "번호|목록키|목록유형|목록명|목록설명|조회수|분류체계|기관코드|기관명|국가중점여부|"
        "표준데이터여부|목록_등록일|목록_수정일|목록_URL"
    )
    rows = (
        (f"1599{n:04d}", "FILE", f"{office}_{title}", "시연", "0", kind, "", office, "N", "N", "2024-01-02", day, "")
        for n, (office, title, kind, day) in enumerate(PORTAL)
    )
    return _csv(header, rows, "utf-8-sig")
