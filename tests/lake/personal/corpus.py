"""Authored personal data and its look-alikes, seeded. Nobody's: every number is drawn by chance."""

import random
from collections.abc import Callable

R = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
SURNAMES, GIVEN = "김이박최정강조윤장임", "민서지현수영준우진호성은정미경희"


def _date(rng: random.Random, low: int, high: int) -> tuple[str, int]:
    year = rng.randint(low, high)
    return f"{year % 100:02d}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}", year


def resident(rng: random.Random, *, foreign: bool = False, checked: bool = True) -> str:
    """13 digits; without check digit as issued since October 2020."""
    low, high = (1940, 2019) if checked or foreign else (2021, 2025)
    day, year = _date(rng, low, high)
    sex = rng.randint(1, 2) + (2 if year >= 2000 else 0) + (4 if foreign else 0)
    head = f"{day}{sex}{rng.randrange(10**5):05d}"
    check = (11 - sum(int(c) * w for c, w in zip(head, R, strict=True)) % 11 + 2 * foreign) % 10
    return head + str(check if checked else (check + rng.randint(1, 9)) % 10)


def luhn(head: str) -> str:
    total = 0
    for place, char in enumerate(reversed(head)):
        doubled = int(char) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 * (doubled > 9)
    return head + str(-total % 10)


def card(rng: random.Random) -> str:
    return luhn(rng.choice(["4", "51", "55", "94", "62", "35"]).ljust(6, "0") + f"{rng.randrange(10**9):09d}")


def mobile(rng: random.Random) -> str:
    return f"010{rng.randint(2, 9)}{rng.randrange(10**7):07d}"


def landline(rng: random.Random) -> str:
    return f"{rng.choice(['02', '031', '051', '064', '070'])}{rng.randint(2, 9)}{rng.randrange(10**6):06d}"


def account(rng: random.Random) -> str:
    return f"{rng.randint(111, 999)}-{rng.randrange(100):02d}-{rng.randrange(10**6):06d}"


def passport(rng: random.Random) -> str:
    return rng.choice("MSRODG") + rng.choice(
        [f"{rng.randrange(10**8):08d}", f"{rng.randrange(10**3):03d}A{rng.randrange(10**4):04d}"]
    )


def licence(rng: random.Random) -> str:
    return f"{rng.randint(11, 28)}{rng.randrange(10**10):010d}"


def insured(rng: random.Random) -> str:
    return f"{rng.randint(1, 9)}{rng.randrange(10**10):010d}"


def vehicle(rng: random.Random) -> str:
    return f"{rng.randint(10, 699)}{rng.choice('가나다라마거너더허호바사')}{rng.randint(1000, 9999)}"


def name(rng: random.Random) -> str:
    return rng.choice(SURNAMES) + rng.choice(GIVEN) + rng.choice(GIVEN)


def day_time(rng: random.Random) -> str:
    day = f"{rng.randint(10, 25)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}"
    return day + f"{rng.randrange(24):02d}{rng.randrange(60):02d}{rng.randrange(60):02d}"


def email(rng: random.Random) -> str:
    local = "".join(rng.choices("abcdefghijk", k=rng.randint(4, 9)))
    return f"{local}{rng.randrange(100)}@{rng.choice(['naver.com', 'gmail.com', 'daum.net'])}"


def _split(text: str, *sizes: int, by: str = "-") -> str:
    found, at = [], 0
    for size in sizes:
        found.append(text[at : at + size])
        at += size
    return by.join(found)


WIDE = str.maketrans("0123456789@", "０１２３４５６７８９＠")

# Ways of writing that hide a number from a plain pattern
RESIDENT_WRITINGS: dict[str, Callable[[str], str]] = {
    "hyphen": lambda n: _split(n, 6, 7),
    "space": lambda n: _split(n, 6, 7, by=" "),
    "spaced hyphen": lambda n: _split(n, 6, 7, by=" - "),
    "dot": lambda n: _split(n, 6, 7, by="."),
    "en dash": lambda n: _split(n, 6, 7, by="–"),
    "minus sign": lambda n: _split(n, 6, 7, by="−"),
    "full width": lambda n: _split(n, 6, 7, by="－").translate(WIDE),
    "zero width": lambda n: "\u200b".join(_split(n, 6, 7)),
    "one by one": lambda n: " ".join(_split(n, 6, 7)),
    "letters for noughts": lambda n: _split(n, 6, 7).replace("0", "O", 3),
    "small letters for noughts, bare": lambda n: n.replace("0", "o", 3),
    "broken behind the hyphen": lambda n: _split(n, 6, 7, by="-\n"),
    "broken within": lambda n: f"{n[:6]}-{n[6:9]}\r\n{n[9:]}",
}
PHONE_WRITINGS: dict[str, Callable[[str], str]] = {
    "hyphen": lambda n: _split(n, 3, 4, 4),
    "bare": lambda n: n,
    "space": lambda n: _split(n, 3, 4, 4, by=" "),
    "dot": lambda n: _split(n, 3, 4, 4, by="."),
    "bracket": lambda n: f"({n[:3]}){n[3:7]}-{n[7:]}",
    "abroad": lambda n: f"+82-{n[1:3]}-{n[3:7]}-{n[7:]}",
    "dialled abroad": lambda n: f"0082 {n[1:3]} {n[3:7]} {n[7:]}",
    "dialled abroad, bare": lambda n: f"0082{n[1:]}",
    "dialled abroad, bracket": lambda n: f"0082-(0){n[1:3]}-{n[3:7]}-{n[7:]}",
    "full width": lambda n: _split(n, 3, 4, 4).translate(WIDE),
    "en dash": lambda n: _split(n, 3, 4, 4, by="–"),
    "one by one": lambda n: " ".join(_split(n, 3, 4, 4)),
    "letters for noughts": lambda n: _split(n, 3, 4, 4).replace("0", "O", 4),
    "small letters for noughts, bare": lambda n: n.replace("0", "o", 4),
    "a letter for a nought, abroad": lambda n: f"+82-1O-{n[3:7]}-{n[7:]}",
    "full width letters for noughts": lambda n: _split(n, 3, 4, 4).replace("0", "Ｏ", 4),
    "broken before the hyphen": lambda n: f"{n[:3]}-{n[3:7]}\n-{n[7:]}",
    "broken within": lambda n: f"{n[:3]}-{n[3:5]}\n{n[5:7]}-{n[7:]}",
}
LANDLINE_WRITINGS: dict[str, Callable[[str], str]] = {
    "hyphen": lambda n: f"{n[:-7]}-{n[-7:-4]}-{n[-4:]}",
    "bracket": lambda n: f"({n[:-7]}) {n[-7:-4]}-{n[-4:]}",
    "dot": lambda n: f"{n[:-7]}.{n[-7:-4]}.{n[-4:]}",
    "bare": lambda n: n,
    "abroad": lambda n: f"+82-{n[1:-7]}-{n[-7:-4]}-{n[-4:]}",
    "dialled abroad": lambda n: f"0082 {n[1:-7]} {n[-7:-4]} {n[-4:]}",
    "letters for noughts": lambda n: f"{n[:-7]}-{n[-7:-4]}-{n[-4:]}".replace("0", "O", 1),
    "broken": lambda n: f"{n[:-7]}-{n[-7:-4]}-\n{n[-4:]}",
}
CARD_WRITINGS: dict[str, Callable[[str], str]] = {
    "hyphen": lambda n: _split(n, 4, 4, 4, 4),
    "space": lambda n: _split(n, 4, 4, 4, 4, by=" "),
    "bare": lambda n: n,
    "full width": lambda n: n.translate(WIDE),
    "broken": lambda n: f"{n[:4]}-{n[4:8]}-\n{n[8:12]}-{n[12:]}",
}
PASSPORT_WRITINGS: dict[str, Callable[[str], str]] = {
    "bare": lambda n: n,
    "small": lambda n: n.lower(),
    "hyphen": lambda n: f"{n[0]}-{n[1:]}",
    "full width": lambda n: n.translate(WIDE),
}
LICENCE_WRITINGS: dict[str, Callable[[str], str]] = {
    "hyphen": lambda n: _split(n, 2, 2, 6, 2),
    "bare": lambda n: n,
}
VEHICLE_WRITINGS: dict[str, Callable[[str], str]] = {
    "bare": lambda n: n,
    "space": lambda n: f"{n[:-4]} {n[-4:]}",
    "region": lambda n: f"부산 {n[:-4]} {n[-4:]}",
}
MAIL_WRITINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda m: m,
    "(at)": lambda m: m.replace("@", "(at)"),
    "[at]": lambda m: m.replace("@", "[at]"),
    "full width": lambda m: m.replace("@", "＠"),
    "spaced": lambda m: m.replace("@", " @ "),
}
SENTENCES = (
    "신청인 연락 바랍니다 {} 입니다.",
    "{}",
    "가로등 고장 신고 건, 회신은 {} 로 주세요.",
    "접수 3건 ({}), 처리 완료",
)


def corporate(rng: random.Random) -> str:
    head = f"{rng.choice(['1101', '1801', '1311', '2001'])}{rng.choice(['11', '14', '21'])}{rng.randrange(800_000):06d}"
    return head + str(-sum(int(c) * (1, 2)[i % 2] for i, c in enumerate(head)) % 10)


def barcode(rng: random.Random) -> str:
    head = f"880{rng.randrange(10**9):09d}"
    return head + str(-sum(int(c) * (1, 3)[i % 2] for i, c in enumerate(head)) % 10)


def business(rng: random.Random) -> str:
    head = f"{rng.randint(101, 899)}{rng.randint(1, 99):02d}{rng.randrange(10**4):04d}"
    total = sum(int(c) * w for c, w in zip(head, (1, 3, 7, 1, 3, 7, 1, 3, 5), strict=True)) + int(head[8]) * 5 // 10
    return head + str(-total % 10)


# Columns that look like it and are not: name → values as text
LOOKALIKES: dict[str, Callable[[random.Random], str]] = {
    "법인등록번호": lambda r: _split(corporate(r), 6, 7),
    "등록번호": lambda r: _split(corporate(r), 6, 7),
    "crno": corporate,
    "사업자등록번호": lambda r: _split(business(r), 3, 2, 5),
    "brno": business,
    "바코드": barcode,
    "PNU": lambda r: f"26{r.randrange(10**17):017d}",
    "법정동코드": lambda r: f"26{r.randint(110, 710)}{r.randrange(10**5):05d}",
    "등록일시": lambda r: f"20{day_time(r)}",
    "기록시각": lambda r: f"{day_time(r)}{r.randrange(10)}",
    "epoch": lambda r: str(r.randrange(1_500_000_000_000, 1_760_000_000_000)),
    "운송장": lambda r: f"{r.randrange(10**11, 10**12)}",
    "좌표": lambda r: f"POINT (129.{r.randrange(10**7):07d} 35.{r.randrange(10**7):07d})",
    "ISBN": lambda r: f"97889{r.randrange(10**8):08d}",
    "제품코드": lambda r: f"AB-{r.randrange(10**4):04d}-{r.randrange(10**4):04d}",
    "uuid": lambda r: "-".join(f"{r.randrange(16**n):0{n}x}" for n in (8, 4, 4, 4, 12)),
    "관리번호": lambda r: f"{r.choice(['0081', '0182', '8200'])}10{r.randrange(10**8):08d}",
    "구간번호": lambda r: f"{r.choice(['0081', '0182', '8200'])} 10 {r.randrange(10**4):04d} {r.randrange(10**4):04d}",
    "두 줄 번호": lambda r: f"{r.randrange(10**6):06d}\n{r.randrange(10**7):07d}",
    "두 줄 연번": lambda r: f"{r.randrange(1500, 1900)}\n{r.randrange(10**4):04d}",
    "두 줄 건수": lambda r: f"{r.randrange(100):02d}-{r.randrange(10**4):04d}-\n{r.randrange(10**3):03d}",
    "세 줄 번호": lambda r: "\n".join(f"010{r.randrange(10**3):03d}" for _ in range(3)),
    "기록값": lambda r: f"{r.randrange(1_500_000_000_000, 1_760_000_000_000)}.0",
    "면적": lambda r: f"{r.randrange(10**12, 10**13)}.{r.randrange(1, 10)}",
    "예산": lambda r: f"{r.randrange(10**9, 10**11)}.0",
    "주문번호": lambda r: f"O{r.randrange(1_000_000_000, 1_100_000_000)}",
    "가린 번호": lambda r: f"010-OOOO-{r.randrange(10**4):04d}",
    "가린 등록번호": lambda r: f"{r.randrange(60, 99)}O1O1-OOOOOOO",
    "부품번호": lambda r: f"{r.choice(['A1O', 'B1O', 'O1C'])}-{r.randrange(10**4):04d}-{r.randrange(10**4):04d}",
    "로트": lambda r: f"{r.choice('ABCDEO')}O{r.randrange(10**4):04d}-{r.randrange(10**7):07d}",
    "모델명": lambda r: f"AB-{r.randrange(10**3):03d}-{r.randrange(10**4):04d}-{r.randrange(10**4):04d}",
    "도면": lambda r: f"{r.randrange(10**14):014d}.{r.choice(['dwg', 'pdf'])}",
    "절번호": lambda r: f"Sec.{r.randrange(100)}.{r.randrange(100)}.{r.randrange(10**3)}",
    "금액": lambda r: f"{r.randrange(10**9):,}",
    "품목": lambda r: r.choice(["한식", "중식", "서구", "강서구", "주유소", "조명", "전자", "기계"]),
    "관련 조항": lambda r: (
        f"제{r.randint(1, 99)}조 제{r.randint(1, 9)}항 {r.randint(2000, 2025)}. {r.randint(1, 12)}. {r.randint(1, 28)}."
    ),
}
