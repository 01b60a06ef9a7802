"""What each figure of the evidence report is called, and how it is computed."""

from typing import NamedTuple

from datadam.catalog import quality, rule_shapes, words
from datadam.web.text import Text


class Meaning(NamedTuple):
    """A figure's name and how it is computed. `unit`: count, share (0 to 1) or score (0 to 100)."""

    label: Text
    how: Text
    unit: str = "count"


SECTIONS: dict[str, Text] = {
    "provision": Text("제공", "Provision"),
    "punctuality": Text("제때 갱신", "Kept up to date"),
    "quality": Text("품질 점수", "Quality scores"),
    "errors": Text("품질 규칙과 오류율", "Rules and error rates"),
    "rows": Text("행과 정비", "Rows and corrections"),
    "personal": Text("개인정보 결정", "Decisions on personal data"),
    "destroyed": Text("파기", "Destruction"),
    "standards": Text("공통표준용어", "Common standard terms"),
    "openness": Text("형식과 이용허락", "Formats and licences"),
    "use": Text("이용", "Use"),
}

_M = Meaning
MEANINGS: dict[str, dict[str, Meaning]] = {
    "provision": {
        "datasets": _M(
            Text("제공 데이터셋", "Datasets provided"),
            Text(
                "지금 공개되어 있고 첫 판을 이 해가 끝나기 전에 공개한 데이터셋의 수",
                "Datasets that are published now and whose first release came out before the end of the year",
            ),
        ),
        "new": _M(
            Text("새로 제공", "Newly provided"),
            Text("그 가운데 첫 판을 이 해에 공개한 수", "Of those, the ones whose first release came out in the year"),
        ),
        "ended": _M(
            Text("제공 중지", "No longer provided"),
            Text(
                "첫 판을 이 해가 끝나기 전에 공개했으나 지금은 공개 중지되었거나 파기된 데이터셋의 수",
                "Datasets first published before the end of the year that are withdrawn or destroyed now",
            ),
        ),
        "releases": _M(
            Text("공개한 판", "Releases published"),
            Text(
                "공개 시각이 이 해(한국 시각)에 드는 판의 수. 뒤에 파기한 판도 셉니다",
                "Releases whose moment of publication lies in the year (Korean time), later destroyed ones included",
            ),
        ),
    },
    "punctuality": {
        "due": _M(
            Text("지킬 주기", "Periods due"),
            Text(
                "지금의 갱신 주기(매일·매주·매월·분기·매년)로 나눈 기간 가운데, 첫 공개가 든 기간의 다음부터 이 해에"
                " 끝난 기간의 수. 아직 끝나지 않은 기간과 수시·일회성 데이터셋은 세지 않습니다",
                "Periods of the frequency as promised now (day, week from Monday, month, quarter, year) after the one"
                " of the first publication that ended in the year. Periods still running, and datasets that are"
                " irregular or come once, are not counted",
            ),
        ),
        "kept": _M(
            Text("지킨 주기", "Periods kept"),
            Text("그 기간 안에 판을 하나 이상 공개한 기간의 수", "Periods in which at least one release was published"),
        ),
        "rate": _M(Text("준수율", "Share kept"), Text("지킨 주기 ÷ 지킬 주기", "Periods kept ÷ periods due"), "share"),
        "dataset": _M(
            Text("데이터셋별 준수율", "Share kept by dataset"),
            Text("같은 계산을 데이터셋마다 한 값", "The same for each dataset"),
            "share",
        ),
    },
    "quality": {
        "median": _M(
            Text("품질 점수 중앙값", "Median quality score"),
            Text(
                "이 해에 공개한 판의 품질 점수(0–100)의 중앙값. 점수가 없는 판은 뺍니다",
                "The median quality score (0 to 100) of the releases published in the year; those without one left out",
            ),
            "score",
        ),
        "month": _M(
            Text("월별 중앙값", "Median by month"),
            Text("공개한 달(한국 시각)마다 구한 중앙값", "The same for each month of publication (Korean time)"),
            "score",
        ),
        "part": _M(
            Text("항목별 중앙값", "Median by part"),
            Text(
                "판에 적힌 품질 항목 몫(0–1)의 중앙값. 항목이 적히지 않은 판은 뺍니다",
                "The median of each part (0 to 1) noted with the releases; those without it left out",
            ),
            "share",
        ),
    },
    "errors": {
        "rules": _M(
            Text("쓰는 규칙", "Rules in use"),
            Text("지금 쓰고 있는 품질 규칙의 수, 종류별", "Quality rules in use now, by kind"),
        ),
        "checks": _M(
            Text("규칙 검사", "Checks of rules"),
            Text(
                "이 해에 공개한 판에 규칙을 대어 본 횟수. 대어 볼 수 없었던 것은 뺍니다",
                "Rules checked at releases published in the year, without those that could not be checked",
            ),
        ),
        "failed": _M(
            Text("어긋난 검사", "Checks failed"),
            Text("그 가운데 규칙에 어긋난 횟수, 종류별", "Of those, the ones that failed, by kind"),
        ),
        "unchecked": _M(
            Text("검사하지 못함", "Could not be checked"),
            Text(
                "열이 없어지는 등 대어 볼 수 없었던 횟수", "Checks that could not be made, as of a column that is gone"
            ),
        ),
        "rate": _M(
            Text("오류율", "Error rate"),
            Text(
                "어긋난 값 ÷ 검사한 값. 겹치지 않음·빈칸 없음·범위·정해진 값·형태 규칙만 셉니다"
                "(행 수와 분포는 값 하나하나를 보지 않으므로 뺍니다)",
                "Failing values ÷ checked values of the rules on single values: unique, not null, range, reference and"
                " pattern (row count and drift look at no single value)",
            ),
            "share",
        ),
        "kind": _M(
            Text("종류별 오류율", "Error rate by kind"),
            Text("같은 계산을 규칙의 종류마다 한 값", "The same for each kind of rule"),
            "share",
        ),
    },
    "rows": {
        "read": _M(
            Text("읽은 행", "Rows read"),
            Text(
                "이 해에 공개한 판의 파일에서 읽은 행의 합",
                "Rows read from the files of releases published in the year",
            ),
        ),
        "loaded": _M(Text("실은 행", "Rows loaded"), Text("그 가운데 표에 실은 행", "Of those, loaded into the table")),
        "quarantined": _M(
            Text("격리한 행", "Rows quarantined"),
            Text("그 가운데 읽을 수 없어 격리한 행", "Of those, put into quarantine because they could not be read"),
        ),
        "set_aside": _M(
            Text("떼어 낸 행", "Rows set aside"),
            Text("그 가운데 제목·합계·빈 줄 등 자료가 아닌 행", "Of those, titles, totals, blank lines: no data"),
        ),
        "held": _M(
            Text("보류한 판", "Releases held"),
            Text(
                "이 해에 들어와 지금 확인을 기다리는 판의 수", "Releases that came in the year and wait for a check now"
            ),
        ),
        "corrections": _M(
            Text("정비한 횟수", "Corrections made"),
            Text(
                "이 해에 쓴 정제법의 판 수. 파일과 함께 저절로 생긴 첫 판은 뺍니다",
                "Recipe versions written in the year, without the first one that comes with a file",
            ),
        ),
    },
    "personal": {
        "decisions": _M(
            Text("결정", "Decisions"),
            Text(
                "이 해에 낸 개인정보 결정의 수. 반대되거나 거둔 것도 셉니다",
                "Decisions on personal data made in the year, refused and withdrawn ones included",
            ),
        ),
        "action": _M(
            Text("처리별 결정", "Decisions by action"),
            Text("같은 것을 처리 방법마다 센 수", "The same, by what is done"),
        ),
        "second": _M(
            Text("두 번째 사람이 확인", "Seconded"),
            Text(
                "그 가운데 낸 사람이 아닌 두 번째 사람이 동의한 수", "Of those, the ones that a second person agreed to"
            ),
        ),
        "seconds": _M(
            Text("확인한 사람", "Second persons"),
            Text("동의한 두 번째 사람의 수(같은 사람은 한 번)", "Different second persons who agreed"),
        ),
    },
    "destroyed": {
        "releases": _M(
            Text("파기한 판", "Releases destroyed"),
            Text("이 해에 파기한 판의 수", "Releases destroyed in the year"),
        ),
        "reason": _M(
            Text("사유별", "By reason"),
            Text(
                "사유 글의 요약값(앞 12자리)마다 센 수. 글은 싣지 않습니다",
                "By the digest of the reason (its first 12 digits); the words are left out",
            ),
        ),
    },
    "standards": {
        "columns": _M(
            Text("살핀 열", "Columns looked at"),
            Text(
                "공개 중인 데이터셋의 가장 새 판에 든 열의 수. 공통표준용어를 넣지 않았으면 0",
                "Columns of the newest releases of published datasets; 0 where no standard terms were imported",
            ),
        ),
        "named": _M(
            Text("표준용어 이름", "Named by standard terms"),
            Text("이름이 공통표준용어인 열 ÷ 살핀 열", "Columns whose name is a standard term ÷ columns looked at"),
            "share",
        ),
        "fitting": _M(
            Text("도메인에 맞음", "Fitting their domains"),
            Text(
                "값이 용어의 도메인에 맞는 열 ÷ 살핀 열",
                "Columns whose values fit the term's domain ÷ columns looked at",
            ),
            "share",
        ),
    },
    "openness": {
        "format": _M(
            Text("제공 형식", "Formats offered"),
            Text(
                "그 형식으로 내려받을 수 있는 제공 데이터셋의 수. 파일 묶음은 ‘files’로 따로 셉니다",
                "Datasets provided that can be downloaded in the format; file sets are counted as “files”",
            ),
        ),
        "machine_readable": _M(
            Text("기계가 읽는 형식", "Machine-readable"),
            Text(
                "표로 제공하는 데이터셋 ÷ 제공 데이터셋",
                "Datasets provided as tables ÷ datasets provided",
            ),
            "share",
        ),
        "licence": _M(
            Text("이용허락", "Licences"),
            Text("제공 데이터셋을 이용허락마다 센 수", "Datasets provided, by licence"),
        ),
    },
    "use": {
        "readings": _M(
            Text("이용", "Readings"),
            Text(
                "이 해의 이용 기록을 통로(page 화면, download 내려받기, api 등)마다 센 수",
                "Readings noted in the year by channel: page, download, api and others",
            ),
        ),
        "rows": _M(
            Text("나간 행", "Rows read out"),
            Text("그 기록에 적힌 행의 합", "The sum of the rows noted with them"),
        ),
    },
}
RULES = {code: kind.words for code, kind in rule_shapes.KINDS.items()}
PARTS = quality.LABELS
ACTIONS = words.ACTIONS
CHANNELS: dict[str, Text] = {
    "page": Text("화면", "page"),
    "download": Text("내려받기", "download"),
    "api": Text("API", "API"),
    "sql": Text("SQL", "SQL"),
}
UNVERIFIED = Text(
    "공공데이터 제공 운영실태 평가의 공식 지표를 여기서 확인하지 못했습니다."
    " 각 수치가 어느 지표에 해당하는지는 확인이 필요합니다.",
    "The official criteria of the yearly evaluation of public-data provision could not be read here: which criterion"
    " each figure answers is unverified.",
)
