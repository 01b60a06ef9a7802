"""Whether short Hangul words are built like Korean personal names, a column at once."""

from typing import Any

import numpy as np

from datadam.lake.personal.surnames import COMMON, COMPOUND, GIVEN, SURNAMES


def _codes(text: str) -> Any:
    table = np.zeros(0x2C00, bool)
    table[[ord(char) - 0xAC00 for char in set(text)]] = True
    return table


_SURNAME, _COMMON, _GIVEN = _codes(SURNAMES), _codes(COMMON), _codes(GIVEN)


_FIRST = _codes("".join(surname[0] for surname in COMPOUND))
_COMPOUND = [(ord(name[0]) - 0xAC00) << 16 | (ord(name[1]) - 0xAC00) for name in COMPOUND]


def likely(codes: list[Any]) -> Any:
    """For words of 2 to 4 syllables, given as code points by place: which are built like a name."""
    places = [np.clip(code.astype(np.int32) - 0xAC00, 0, 0x2BFF) for code in codes]
    if len(places) == 4:
        return _of_two(places)
    found = _all_given((_SURNAME if len(places) == 3 else _COMMON)[places[0]], places[1:])
    return found | _of_two(places) if len(places) == 3 else found


def _of_two(places: list[Any]) -> Any:
    """Which have a surname of two syllables."""
    found = _FIRST[places[0]]
    rows = np.flatnonzero(found)
    found[rows] = np.isin(places[0][rows] << 16 | places[1][rows], _COMPOUND)
    return _all_given(found, places[2:])


def _all_given(found: Any, places: list[Any]) -> Any:
    for place in places:
        found = found & _GIVEN[place]
    return found
