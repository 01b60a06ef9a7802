"""Words in Korean and English side by side, resolved when they are shown."""

import re
from typing import NamedTuple

from django.utils.translation import get_language

PARTICLES = {
    "을(를)": ("을", "를"),
    "이(가)": ("이", "가"),
    "은(는)": ("은", "는"),
    "과(와)": ("과", "와"),
    "(으)로": ("으로", "로"),
}
PARTICLE = re.compile(r"(\w)([’'”\"」)]*)(" + "|".join(map(re.escape, PARTICLES)) + ")")
DIGITS = "영일이삼사오육칠팔구"  # how a digit is read


def with_particles(words: str) -> str:
    """Korean with each `을(를)` and its like decided by the last sound before it; left open after other letters.

    >>> with_particles("‘주차장’을(를) 3(으)로")
    '‘주차장’을 3으로'
    """
    return PARTICLE.sub(_decided, words) if "(" in words else words


def _decided(found: re.Match[str]) -> str:
    last, quotes, written = found.groups()
    last = DIGITS[int(last)] if last.isascii() and last.isdigit() else last
    if not "가" <= last <= "힣":
        return found.group()
    final = (ord(last) - ord("가")) % 28  # 0: none, 8: ㄹ, which (으)로 takes for none
    closed = final not in (0, 8) if written == "(으)로" else final != 0
    return found[1] + quotes + PARTICLES[written][0 if closed else 1]


class Text(NamedTuple):
    """A sentence in both languages; `str()` gives the one of the current page."""

    ko: str
    en: str

    def __str__(self) -> str:
        return self.en if (get_language() or "ko").startswith("en") else with_particles(self.ko)

    def format(self, **values: object) -> "Text":
        """The same sentence with `{name}` fields filled in both languages."""
        return Text(with_particles(self.ko.format(**values)), self.en.format(**values))
