"""Surnames, and the syllables that given names are made of. No heavy import: logs are masked by them."""

SURNAMES = (
    "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민진지엄채원천방공현함변염여추도소"
    "석선설마길연위표명기반왕금옥육인맹제모탁국어은편용예경봉사부가복태목형피두감음빈동온호범좌팽승간상시갈"
)
COMMON = "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민진지엄"
COMPOUND = ("남궁", "황보", "제갈", "사공", "선우", "독고", "서문", "동방", "망절", "어금")
GIVEN = (
    "민서지현수영준우진호성은정미경희숙자순옥혜선연주아예윤하유나다라도동건재승원상종석철용식훈환기태규형광명병창한학"
    "홍근빈찬솔슬빛가람율온채효향춘월분례금복길남덕두란령록룡린림매모무문백범별보봉사산새설섭세소송신실심안애양언"
    "엽오완외요욱운웅위의이익인일임장전제조중창천초충치탁택평필해헌협화확후흥희강구국권균김노담대득래련렬로루리만면"
    "배비빈삼생시쌍암여열염왕용육을음자작잔절점좌준줄증직쾌탄태품표허혁형휘흠결겸고교관국궁나난널늘늬단달담마망묵벼"
    "샘솜슬아얀얼예올율은이잎진찬청초큰탐한해햇효후"
)


def is_name(word: str) -> bool:
    """Whether a word is built like a personal name: of two or three syllables, or of four with a surname of two."""
    if word[:2] in COMPOUND and 3 <= len(word) <= 4:
        return set(word[2:]) <= _GIVEN
    return 2 <= len(word) <= 3 and word[0] in (SURNAMES if len(word) == 3 else COMMON) and set(word[1:]) <= _GIVEN


_GIVEN = set(GIVEN)
