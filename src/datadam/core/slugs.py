"""ASCII names for Korean titles, by the Revised Romanization letter by letter.

Letters only: the sound changes between syllables (신라 → Silla) need a dictionary and are left out, except that ㄹㄹ
is written ll and a final consonant before a vowel takes its initial form (역을 → yeogeul).
"""

import re
import unicodedata

INITIALS = "g kk n d tt r m b pp s ss . j jj ch k t p h".split()  # noqa: SIM905
VOWELS = "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i".split()  # noqa: SIM905
FINALS = ". k k k n n n t l k m l l l p l m p p t t ng t t k t p t".split()  # noqa: SIM905
LINKED = ". g kk ks n nj n d r lg lm lb ls lt lp r m b ps s ss ng j ch k t p .".split()  # noqa: SIM905
SYLLABLES = range(0xAC00, 0xD7A4)
MAX = 72


def romanise(text: str) -> str:
    """Hangul syllables as Latin letters; everything else unchanged."""
    out: list[str] = []
    parts = [divmod(ord(c) - 0xAC00, 28) if ord(c) in SYLLABLES else None for c in text]
    for index, (character, part) in enumerate(zip(text, parts, strict=True)):
        if part is None:
            out.append(character)
            continue
        following = parts[index + 1] if index + 1 < len(parts) else None
        before = parts[index - 1] if index else None
        initial = INITIALS[part[0] // 21]
        if initial == "r" and before and FINALS[before[1]] == "l":
            initial = "l"
        linked = following is not None and INITIALS[following[0] // 21] == "."
        letters = initial, VOWELS[part[0] % 21], (LINKED if linked else FINALS)[part[1]]
        out.append("".join(letters).replace(".", ""))
    return "".join(out)


def slug(text: str) -> str:
    """A name for URLs: lower-case ASCII letters, digits and hyphens; at most 72 long, cut at a hyphen; may be empty."""
    plain = unicodedata.normalize("NFKD", romanise(unicodedata.normalize("NFC", text))).lower()
    name = re.sub(r"[^a-z0-9]+", "-", plain.encode("ascii", "ignore").decode()).strip("-")
    if len(name) > MAX:
        name = name[: MAX + 1].rpartition("-")[0] or name[:MAX]
    return name


def unique(base: str, taken: set[str]) -> str:
    """`base`, or `base-2`, `base-3`… the first that is not in `taken`."""
    number, candidate = 1, base
    while candidate in taken:
        number += 1
        candidate = f"{base}-{number}"
    return candidate
