"""The words of clues, states and problems, in both languages."""

from datadam.catalog.standards.fitting import Clue
from datadam.web.text import Text

TYPES = {
    "text": Text("글자", "text"), "number": Text("숫자", "number"), "integer": Text("정수", "integer"),
    "date": Text("날짜", "date"), "timestamp": Text("일시", "moment"), "boolean": Text("예·아니오", "yes or no"),
    "time": Text("시각", "time"), "duration": Text("걸린 시간", "duration"),
}  # fmt: skip
CLUES: dict[str, Text] = {
    "exact": Text("표준용어 ‘{term}’과 이름이 같습니다.", "The name is the standard term “{term}”."),
    "dress": Text(
        "띄어쓰기·기호·괄호 속 단위를 빼면 표준용어 ‘{term}’입니다.",
        "Without spaces, signs and the unit in brackets it is the standard term “{term}”.",
    ),
    "abbreviation": Text(
        "‘{abbreviation}’은(는) 표준용어 ‘{term}’의 영문약어입니다.",
        "“{abbreviation}” is the abbreviation of the standard term “{term}”.",
    ),
    "synonym": Text("‘{name}’은(는) ‘{term}’의 이음동의어입니다.", "“{name}” is a synonym of “{term}”."),
    "words": Text("표준단어로 나누면 {words}입니다.", "In standard words: {words}."),
    "word_synonym": Text(
        "‘{word}’은(는) 표준단어 ‘{standard}’의 이음동의어입니다.",
        "“{word}” is a synonym of the standard word “{standard}”.",
    ),
    "word_forbidden": Text(
        "‘{word}’은(는) 금칙어이고 표준단어는 ‘{standard}’입니다.",
        "“{word}” is a forbidden word; the standard word is “{standard}”.",
    ),
    "spelled": Text("영문약어를 풀면 {words}입니다.", "The abbreviations spell {words}."),
    "term_of_words": Text(
        "이 단어들이 표준용어 ‘{term}’을(를) 이룹니다.", "These words make the standard term “{term}”."
    ),
    "form_word": Text(
        "끝 단어 ‘{word}’은(는) 형식단어입니다({kind}).", "The last word “{word}” is a form word ({kind})."
    ),
    "no_form_word": Text(
        "끝 단어 ‘{word}’은(는) 형식단어가 아니어서 어떤 값인지 이름만으로는 알 수 없습니다.",
        "The last word “{word}” is no form word, so the name alone does not tell what the values are.",
    ),
    "no_such_term": Text(
        "‘{name}’은(는) 공통표준용어에 없습니다. 기관 용어로 쓸 수 있습니다.",
        "“{name}” is no common standard term; it may serve as a term of the office.",
    ),
    "numbered": Text("끝의 번호 {number}은(는) 남겨 둡니다.", "The number {number} at the end is kept."),
    "several": Text("같은 이름으로 용어 {number}개를 뜻할 수 있습니다.", "The name may mean {number} terms."),
    "all_empty": Text("값이 모두 비어 있어 견줄 수 없습니다.", "All values are empty: nothing to compare."),
    "type_fits": Text("값의 종류가 도메인 ‘{domain}’에 맞습니다.", "The type fits the domain “{domain}”."),
    "type_mendable": Text(
        "값을 {type}로 읽으면 도메인 ‘{domain}’에 맞습니다.", "Read as {type}, the values fit the domain “{domain}”."
    ),
    "length_fits": Text(
        "본 값의 길이가 모두 {most}자로 도메인에 맞습니다.", "All values seen have the domain's length of {most}."
    ),
    "allowed_fits": Text("본 값이 모두 허용값({allowed})입니다.", "All values seen are allowed ({allowed})."),
    "in_range": Text("값이 모두 허용 범위 {allowed} 안입니다.", "All values are within {allowed}."),
    "unit_fits": Text("단위 {unit}이(가) 도메인과 같습니다.", "The unit {unit} is the domain's."),
    "type_differs": Text(
        "도메인 ‘{domain}’은(는) {wanted}인데 이 열은 {found}입니다.",
        "The domain “{domain}” is of {wanted}; this column is {found}.",
    ),
    "too_long": Text(
        "길이 {length}인 값이 있는데 도메인 ‘{domain}’은(는) {most}까지입니다.",
        "A value is {length} long; the domain “{domain}” allows {most}.",
    ),
    "not_allowed": Text(
        "허용값({allowed})이 아닌 값이 자주 나오는 것 가운데 {count}가지 있습니다.",
        "{count} of the most frequent values are not allowed ({allowed}).",
    ),
    "out_of_range": Text("값이 허용 범위 {allowed} 밖으로 나갑니다.", "Some values are not within {allowed}."),
    "unit_differs": Text(
        "이름의 단위는 {unit}인데 도메인의 단위는 {wanted}입니다.",
        "The name says {unit}; the domain's unit is {wanted}.",
    ),
    "name_taken": Text("‘{term}’ 열이 이미 있습니다.", "There is a column “{term}” already."),
    "wanted_twice": Text("다른 열도 ‘{term}’이(가) 됩니다.", "Another column would be called “{term}” too."),
}
STATES: dict[str, Text] = {
    "standard": Text("표준용어", "Standard term"),
    "words": Text("표준단어로 지은 이름", "Made of standard words"),
    "sure": Text("바꿀 수 있음", "Can be changed"),
    "ask": Text("판단 필요", "Needs a look"),
    "unknown": Text("표준에 없음", "Not in the standard"),
}
PROBLEMS: dict[str, Text] = {
    "no_name": Text("이름이 비어 있어 뺐습니다", "left out: no name"),
    "too_long": Text("이름이나 약어가 100자를 넘어 뺐습니다", "left out: a name above 100 characters"),
    "repeated": Text("같은 이름이 또 나와 뒤의 것을 씁니다", "named twice: the last one counts"),
    "not_a_length": Text("길이가 숫자가 아니어서 비워 두었습니다", "the length is no number and was left empty"),
    "no_domain": Text("도메인명이 없습니다", "no domain is named"),
    "unknown_domain": Text("도메인 목록에 없는 도메인명입니다", "the domain is not in the list of domains"),
    "unreadable": Text("행을 읽을 수 없어 뺐습니다", "left out: the row cannot be read"),
    "no_key": Text("목록키가 없어 뺐습니다", "left out: no key"),
    "no_title": Text("목록명이 없어 뺐습니다", "left out: no title"),
}
LISTS: dict[str, Text] = {
    "terms": Text("용어", "terms"),
    "words": Text("단어", "words"),
    "domains": Text("도메인", "domains"),
}


def clue(found: Clue) -> Text:
    """The sentence of a clue."""
    ko, en = ({}, {})
    for key, value in found.facts.items():
        told = TYPES.get(str(value)) if key in ("wanted", "found", "type") else None
        ko[key], en[key] = (told.ko, told.en) if told else (value, value)
    words = CLUES[found.code]
    return Text(Text(words.ko, "").format(**ko).ko, words.en.format(**en))


def problem(code: str) -> Text:
    return PROBLEMS[code]
