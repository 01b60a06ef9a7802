"""The lake's codes in words for people: proposals, findings, reasons, types. An unknown code is shown as it is."""

from collections.abc import Mapping

from datadam.web.text import Text

PROPOSALS: dict[str, Text] = {
    # layout
    "title_rows": Text("표 위의 제목 줄을 떼어 냄", "Title lines above the table set aside"),
    "multi_row_header": Text("여러 줄 머리글을 한 줄로 합침", "Header of several rows joined into one"),
    "no_header": Text("머리글이 없어 열 이름을 지음", "No header: column names were made"),
    "unnamed_column": Text("이름 없는 열에 이름을 붙임", "Unnamed column given a name"),
    "duplicate_column": Text("겹치는 열 이름을 구별함", "Repeated column name made unique"),
    "trailing_delimiter": Text("줄 끝에 남는 구분자를 없앰", "Delimiter at the end of lines dropped"),
    "merged_cells": Text("병합한 칸의 값을 채움", "Merged cells filled in"),
    "footnotes": Text("표 아래의 주석을 떼어 냄", "Footnotes below the table set aside"),
    "blank_columns": Text("빈 열을 없앰", "Empty columns dropped"),
    "blank_rows": Text("빈 행을 떼어 냄", "Empty rows set aside"),
    "total_rows": Text("합계 행을 떼어 냄", "Total rows set aside"),
    "unmarked_totals": Text("표시 없는 합계 행을 떼어 냄", "Total rows without a label set aside"),
    "share_rows": Text("이름 없는 구성비 행을 떼어 냄", "Rows of percentages without a label set aside"),
    "statistic_rows": Text("평균·최대·최소 행을 떼어 냄", "Rows of averages and extremes set aside"),
    "total_column": Text("다른 열을 더한 합계 열을 버림", "Column that sums up others left out"),
    "quoted_rows": Text("통째로 따옴표에 든 행을 칸으로 나눔", "Rows quoted whole taken apart"),
    "short_header": Text("이름 없이 남는 끝 열에 이름을 지음", "Columns beyond the header given names"),
    "letter_spaced": Text("글자 사이를 띄운 낱말을 붙임", "Letter-spaced words closed up"),
    "fill_down": Text("한 번만 적은 묶음 이름을 아래로 채움", "Group labels written once filled down"),
    "unit": Text("적힌 단위를 열에 붙임", "Units found in the file kept with their columns"),
    "name_and_code": Text("한 칸의 이름과 코드를 나눔", "Name and code of one cell parted"),
    "unpivot": Text("기간이 적힌 열을 행으로 돌림", "Columns of periods turned into rows"),
    "sheets": Text("시트마다 따로 읽음", "Each sheet read as its own table"),
    "other_objects": Text("표가 아닌 객체는 두고 읽음", "Objects that are no tables left out"),
    "row_names": Text("행 이름을 첫 열로 꺼냄", "Row names taken out as the first column"),
    "members": Text("압축 파일 안의 다른 파일을 빼고 읽음", "Other files of the archive left out"),
    # maps
    "geometry": Text("도형을 경도·위도나 GeoJSON 글자로 적음", "Shapes written as lon and lat or as GeoJSON"),
    "wgs84": Text("좌표를 WGS84 경위도로 바꿈", "Coordinates turned into WGS84 degrees"),
    "crs_unknown": Text("좌표계가 적혀 있지 않아 숫자를 그대로 둠", "Coordinate system not stated: numbers kept"),
    "encoding_overruled": Text("적힌 인코딩이 틀려 맞는 것으로 읽음", "Stated encoding wrong: the true one used"),
    # records
    "record_path": Text("문서 안에서 기록의 자리를 찾음", "Records found inside the document"),
    "nested_flattened": Text("속에 든 값을 열로 폄", "Nested values spread into columns"),
    "nested_json": Text("속에 든 값을 JSON 글자로 둠", "Nested values kept as JSON text"),
    "array_rows": Text("배열의 차례대로 열을 정함", "Columns taken from positions in arrays"),
    "column_lists": Text("열마다 든 값을 행으로 돌려 놓음", "Lists per column turned into rows"),
    "column_maps": Text("열마다 든 값을 행으로 돌려 놓음", "Maps per column turned into rows"),
    "keyed_map": Text("이름표가 붙은 기록을 행으로 폄", "Keyed records turned into rows"),
    "single_record": Text("기록 하나를 한 행으로 읽음", "A single record read as one row"),
    "geojson": Text("좌표를 경도·위도 열로 꺼냄", "Coordinates taken out as longitude and latitude"),
    "feature_id": Text("도형의 번호를 열로 꺼냄", "Feature ids taken out as a column"),
    "nan_null": Text("NaN을 빈칸으로 읽음", "NaN read as empty"),
    "partial_page": Text("전체 가운데 일부만 든 파일", "The file holds only part of all records"),
    "binary_text": Text("이진 값을 글자로 옮김", "Binary values written as text"),
    "decimal_number": Text("고정 소수를 실수로 읽음", "Decimals read as numbers"),
    # types
    "integer": Text("정수로 읽음", "Read as integers"),
    "number": Text("실수로 읽음", "Read as numbers"),
    "thousands_separator": Text("천 단위 쉼표를 떼고 숫자로 읽음", "Thousands separators removed, read as integers"),
    "thousands_decimal": Text("천 단위 쉼표를 떼고 실수로 읽음", "Thousands separators removed, read as numbers"),
    "date": Text("날짜로 읽음", "Read as dates"),
    "month": Text("달을 그달 1일의 날짜로 읽음", "Months read as the first day of the month"),
    "quarter": Text("분기를 첫날의 날짜로 읽음", "Quarters read as their first day"),
    "date_midnight": Text("0시가 붙은 날짜를 날짜로 읽음", "Days written with midnight read as dates"),
    "excel_serial": Text("엑셀 날짜 번호를 날짜로 읽음", "Spreadsheet day numbers read as dates"),
    "excel_serial_1904": Text("엑셀 날짜 번호를 1904년부터 셈", "Spreadsheet day numbers counted from 1904"),
    "half_dates": Text("줄여 적은 날짜를 위의 날짜로 채움", "Shortened dates completed from the one above"),
    "hour": Text("01–24시를 정수로 읽음", "Hours 01–24 read as integers"),
    "duration": Text("걸린 시간을 초로 읽음", "Spans of time read as seconds"),
    "unit_suffix": Text("숫자 뒤의 단위를 떼어 열의 단위로 둠", "Unit behind every figure made the column's unit"),
    "percent": Text("% 표를 떼고 숫자로 읽음", "Percent signs removed, read as numbers"),
    "timestamp": Text("일시로 읽음 (한국 시각)", "Read as points in time (Korean time)"),
    "timestamp_any": Text("여러 모양의 일시로 읽음 (24시는 다음 날 0시)", "Points in time, 24:00 the next midnight"),
    "timestamp_zone": Text("시간대가 적힌 일시로 읽음", "Read as points in time with their zone"),
    "naive_timestamp_kst": Text("시간대 없는 일시를 한국 시각으로 봄", "Times without a zone taken as Korean time"),
    "time": Text("시각으로 읽음", "Read as times of day"),
    "boolean": Text("참·거짓으로 읽음", "Read as true or false"),
    "trim_spaces": Text("앞뒤 빈칸을 없앰", "Spaces around values removed"),
    "missing_token": Text("‘-’ 같은 표시를 빈칸으로 읽음", "Marks such as “-” read as empty"),
}  # fmt: skip

REASONS: dict[str, Text] = {
    # why a row was quarantined
    "field_count": Text("칸 수가 머리글과 다름", "number of fields differs from the header"),
    "unclosed_quote": Text("따옴표가 닫히지 않음", "quotation mark not closed"),
    "encoding": Text("글자로 풀 수 없는 바이트", "bytes that are no text in this encoding"),
    "json": Text("JSON으로 읽을 수 없음", "not valid JSON"),
    "nan": Text("NaN이나 무한대가 있음", "NaN or infinity"),
    "not_object": Text("기록이 아님", "not a record"),
    "geometry": Text("읽을 수 없는 도형", "a shape that cannot be read"),
    "not_feature": Text("도형이 아님", "not a feature"),
    "not_integer": Text("정수가 아님", "not an integer"),
    "not_number": Text("숫자가 아님", "not a number"),
    "not_date": Text("날짜가 아님", "not a date"),
    "not_timestamp": Text("일시가 아님", "not a point in time"),
    "not_time": Text("시각이 아님", "not a time of day"),
    "not_duration": Text("걸린 시간이 아님", "not a span of time"),
    "not_boolean": Text("참·거짓이 아님", "not true or false"),
    # why a file of a file set was quarantined
    "broken_image": Text("그림이 손상됨", "damaged picture"),
    "broken_sound": Text("소리나 영상, 문서가 손상됨", "damaged sound, film or document"),
    "broken_member": Text("압축을 풀 수 없음", "cannot be unpacked"),
    "extension_lies": Text("내용이 확장자와 다름", "content is not what the name's ending says"),
    "unknown_media": Text("알 수 없는 종류의 파일", "a file of an unknown kind"),
    "archive_inside": Text("압축 파일 속의 압축 파일", "an archive within the archive"),
    "long_name": Text("이름이 너무 긺", "name too long"),
    "path_clash": Text("다른 파일이나 폴더와 이름이 겹침", "name that another file or folder has too"),
    # why a file of a file set was set aside
    "system": Text("시스템 파일", "system files"),
    "link": Text("링크", "links"),
    "empty": Text("빈 파일", "empty files"),
    "repeated": Text("이름이 되풀이된 파일", "repeated names"),
    # why a row was set aside
    "blank_row": Text("빈 행", "empty rows"),
    "blank_line": Text("빈 줄", "empty lines"),
    "title_row": Text("제목 줄", "title lines"),
    "header_row": Text("머리글 줄", "header lines"),
    "footnote": Text("주석", "footnotes"),
    "footnote_row": Text("주석", "footnotes"),
    "note_row": Text("주석", "footnotes"),
    "total_row": Text("합계 행", "total rows"),
    "statistic_row": Text("평균·최대·최소 행", "rows of averages and extremes"),
    "share_row": Text("구성비 행", "rows of percentages"),
    "left_out_row": Text("빼기로 한 행", "rows left out by hand"),
    "deleted_row": Text("지운 것으로 표시된 행", "rows marked as deleted"),
    "repeated_header": Text("되풀이된 머리글", "repeated headers"),
    # why a table was held or left
    "schema_changed": Text("열이 지난 판과 다릅니다.", "The columns differ from the last release."),
    "recipe_unfit": Text("파일이 정제법과 다릅니다.", "The file departs from the recipe."),
    "rules_failed": Text("품질 규칙에 걸렸습니다.", "It fails quality rules."),
    "schema_drift": Text("열이 지난 판과 다릅니다.", "The columns differ from the last release."),
    "personal_data": Text("개인정보로 보이는 값이 있습니다.", "It seems to hold personal data."),
    "same_content": Text(
        "지난 판과 내용이 같아 새 판을 만들지 않았습니다.", "Same content as the last release: no new one was made."
    ),
    "same_file": Text("지난 판과 같은 파일입니다.", "This is the file of the last release."),
}  # fmt: skip

FINDINGS: dict[str, Text] = {
    "not_split": Text("나누기로 한 열인데 맞는 행이 없어 그대로 둠", "To be split, but no row fits: left as it is"),
    "not_merged": Text("합치기로 한 열이 없어 합치지 않음", "To be merged, but columns are missing: left undone"),
    "not_of_type": Text("종류에 맞지 않는 값", "Values not of the column's type"),
    "more_pages": Text("이 파일에 들지 않은 나머지 쪽의 행", "Rows on further pages that the file does not hold"),
    "small_cells": Text("누구인지 알 수 있을 만큼 작은 칸", "Cells so small that they may single somebody out"),
    "counts_people": Text("사람이나 가구를 세는 표", "A table that counts persons or households"),
    "cells_suppress": Text(
        "작은 칸과 이를 지키는 칸을 비움 (X)", "Small cells, and those that guard them, withheld (X)"
    ),
    "cells_merge": Text("작은 항목을 합침", "Small categories merged"),
    "cells_round": Text("수를 반올림함", "Numbers rounded"),
    "hour_24": Text("24시로 적은 하루의 끝", "The end of a day written as hour 24"),
    "rule_failed": Text("품질 규칙에 걸린 행", "Rows that fail a quality rule"),
    "no_rows": Text("행이 하나도 없음", "There are no rows"),
    "dbf_without_shp": Text("도형(.shp) 없이 속성(.dbf)만 있는 파일", "Attributes (.dbf) without their shapes (.shp)"),
    "labels_unmatched": Text("묶음에 없는 파일을 가리키는 라벨", "Labels of files that are not in the set"),
    "labels_unread": Text(
        "읽지 못한 라벨 파일 (너무 크거나 꼴이 다름)", "Label files not read: too big, or of another shape"
    ),
    "labels_repeated": Text("라벨이 여럿인 값을 ‘|’로 이어 적음", "Several values of one file joined with “|”"),
    "files_unlabelled": Text("라벨이 없는 파일", "Files without a label"),
    "record_counts_differ": Text("도형과 속성의 수가 다름", "Numbers of shapes and of attributes differ"),
    "suppressed": Text("값을 감춤 (X)", "Values withheld (X)"),
    "none_marked": Text("값이 없다고 적음 (-)", "Marked as none (-)"),
    "missing_marked": Text("빠졌다고 적음 (NA 따위)", "Marked as missing (NA and the like)"),
}

# why a release is held: a heading
HELD: dict[str, Text] = {
    "personal_data": Text("개인정보로 보이는 값이 있습니다", "It seems to hold personal data"),
    "schema_changed": Text("지난 판과 열이 다릅니다", "The columns differ from the last release"),
    "recipe_unfit": Text("파일이 정제법에서 벗어납니다", "The file departs from the recipe"),
    "small_cells": Text("몇 사람만 세는 칸이 있습니다", "Some cells count very few people"),
    "rules_failed": Text("지키지 않은 품질 규칙이 있습니다", "Some quality rules are broken"),
}

ACTIONS: dict[str, Text] = {
    "drop": Text("뺌", "left out"),
    "mask": Text("가림", "hidden"),
    "generalise": Text("넓게 바꿈", "made coarser"),
    "keep": Text("그대로 둠", "kept"),
    "merge": Text("합침", "merged"),
    "suppress": Text("비움", "withheld"),
    "round": Text("반올림", "rounded"),
    "things": Text("사람을 세지 않음", "does not count people"),
}

DECISIONS: dict[str, Text] = {
    "personal": Text("개인정보", "personal data"),
    "small_cells": Text("작은 칸", "small cells"),
    "rule": Text("품질 규칙", "quality rule"),
}

KINDS: dict[str, Text] = {
    "image": Text("사진", "Picture"),
    "audio": Text("소리", "Sound"),
    "video": Text("영상", "Film"),
    "document": Text("문서", "Document"),
    "label": Text("라벨", "Labels"),
}

TYPES: dict[str, Text] = {
    "integer": Text("정수", "integer"),
    "number": Text("실수", "number"),
    "text": Text("글자", "text"),
    "date": Text("날짜", "date"),
    "timestamp": Text("일시", "time stamp"),
    "time": Text("시각", "time"),
    "duration": Text("걸린 시간 (초)", "span of time (seconds)"),
    "boolean": Text("참·거짓", "true/false"),
}

STATUSES: dict[str, Text] = {
    "loaded": Text("읽음", "Loaded"),
    "unchanged": Text("그대로", "Unchanged"),
    "held": Text("확인 대기", "Held"),
    "refused": Text("거절", "Refused"),
}

ENCODINGS = {"utf-8-sig": "UTF-8 BOM"}  # others are told by their name

UPLOADS: dict[str, Text] = {
    "arriving": Text("받는 중", "Arriving"),
    "received": Text("받음", "Received"),
    "reading": Text("읽는 중", "Being read"),
    "read": Text("읽음", "Read"),
    "refused": Text("거절", "Refused"),
    "discarded": Text("버림", "Discarded"),
}

EVENTS: dict[str, Text] = {
    "dataset.create": Text("자료를 만듦", "Dataset created"),
    "dataset.forget": Text("빈 초안을 없앰", "Empty draft removed"),
    "dataset.describe": Text("설명을 고침", "Description changed"),
    "dataset.publish": Text("공개함", "Published"),
    "dataset.republish": Text("다시 공개함", "Published again"),
    "dataset.undo_publish": Text("공개를 되돌림", "Publishing undone"),
    "dataset.withdraw": Text("공개를 중지함", "Withdrawn"),
    "dataset.destroy": Text("파기함", "Destroyed"),
    "recipe.write": Text("정제법을 고침", "Recipe changed"),
    "glossary.import": Text("공통표준용어를 넣음", "Standard terms imported"),
    "glossary.decline": Text("표준용어 제안을 물리침", "Standard term turned down"),
    "glossary.propose": Text("물리친 표준용어를 다시 살핌", "Standard term proposed again"),
    "portal.import": Text("국가포털 목록을 넣음", "Portal list imported"),
    "portal.pair": Text("국가포털의 자료와 짝을 정함", "Paired with a portal dataset"),
    "decision.end": Text("판이 없어져 결정이 끝남", "Decision ended with its release"),
    "decision.make": Text("찾은 것을 어떻게 할지 결정함", "Finding decided"),
    "decision.agree": Text("두 번째 사람이 동의함", "A second person agreed"),
    "decision.refuse": Text("두 번째 사람이 반대함", "A second person refused"),
    "decision.withdraw": Text("결정을 거둠", "Decision withdrawn"),
    "decision.replace": Text("달리 결정함", "Decided otherwise"),
    "release.decide": Text("정제 제안을 고름", "Cleaning chosen"),
    "release.confirm": Text("바뀐 파일을 받아들임", "Changed file accepted"),
    "rule.propose": Text("품질 규칙을 제안함", "Quality rules proposed"),
    "rule.accept": Text("품질 규칙을 쓰기로 함", "Quality rule accepted"),
    "rule.add": Text("품질 규칙을 더함", "Quality rule added"),
    "rule.edit": Text("품질 규칙을 고침", "Quality rule changed"),
    "rule.switch_off": Text("품질 규칙을 끔", "Quality rule switched off"),
    "source.add": Text("가져올 곳을 정함", "Source added"),
    "source.change": Text("가져올 곳을 고침", "Source changed"),
    "source.pause": Text("가져오기를 멈춤", "Source paused"),
    "source.resume": Text("가져오기를 다시 시작함", "Source resumed"),
    "source.trust": Text("서버의 호스트 키를 받아들임", "Host key accepted"),
    "source.remove": Text("가져올 곳을 없앰", "Source removed"),
    "source.failed": Text("가져오지 못함", "Fetching failed"),
    "source.fetched": Text("새 파일을 가져옴", "New file fetched"),
    "release.create": Text("새 판을 읽음", "New release read"),
    "release.reread": Text("판을 다시 읽음", "Release read again"),
    "release.publish": Text("판을 공개함", "Release published"),
    "release.undo_publish": Text("판의 공개를 되돌림", "Release publishing undone"),
    "release.accept_drift": Text("바뀐 열을 받아들임", "New columns accepted"),
    "release.discard": Text("판을 버림", "Release discarded"),
    "release.undo_discard": Text("버린 판을 되돌림", "Discarding undone"),
    "release.undo_discard_held": Text("버린 판을 되돌림", "Discarding undone"),
    "release.unconfirm": Text("받아들인 파일을 되돌림", "Acceptance of the changed file undone"),
    "release.destroy": Text("판을 파기함", "Release destroyed"),
    "upload.announce": Text("큰 파일을 받기 시작함", "Large file announced"),
    "upload.receive": Text("파일을 받음", "File received"),
    "upload.look": Text("읽지 못한 파일의 칸을 봄", "Cells of a refused file seen"),
    "upload.expire": Text("읽지 못한 파일을 두는 기한이 지나 지움", "Refused file removed after its week"),
    "upload.draw": Text("표를 직접 정함", "Table drawn by hand"),
    "upload.read": Text("파일을 읽음", "File read"),
    "upload.fail": Text("파일을 읽지 못함", "File could not be read"),
    "upload.discard": Text("올린 파일을 버림", "Upload discarded"),
}


def _word(table: Mapping[str, Text], code: str) -> Text:
    return table.get(code, Text(code, code))


def proposal(code: str) -> Text:
    return _word(PROPOSALS, code)


def reason(code: str) -> tuple[Text, str]:
    """The words of a reason and what stands behind its colon: `not_integer:연번` → ("정수가 아님", "연번")."""
    name, _, detail = code.partition(":")
    return _word(REASONS, name), detail


def finding(code: str) -> Text:
    """`quarantined_<reason>` is told as that reason."""
    if code.startswith("quarantined_"):
        words = _word(REASONS, code.removeprefix("quarantined_"))
        return Text(f"격리한 행: {words.ko}", f"Quarantined rows: {words.en}")
    if code.startswith("personal_"):
        return decided_about("personal", code.removeprefix("personal_"))
    return _word(FINDINGS, code)


def decided_about(kind: str, code: str) -> Text:
    """What a decision is about: the kind of personal data, or what sort of finding."""
    from datadam.lake.personal.kinds import KINDS as PERSONAL

    if kind == "personal" and code in PERSONAL:
        return Text(PERSONAL[code].ko, PERSONAL[code].en)
    return _word(DECISIONS, kind)


def action(code: str) -> Text:
    """What was decided to be done."""
    return _word(ACTIONS, code)


def held(code: str) -> Text:
    """Why a release waits, as a heading."""
    return HELD.get(code) or reason(code)[0]


def kind(code: str) -> Text:
    """What a file of a file set is."""
    return _word(KINDS, code)


def type_words(code: str) -> Text:
    return _word(TYPES, code)


def encoding(name: str) -> str:
    return ENCODINGS.get(name, name.upper())


def status(code: str) -> Text:
    return _word(STATUSES, code)


def upload_state(code: str) -> Text:
    return _word(UPLOADS, code)
