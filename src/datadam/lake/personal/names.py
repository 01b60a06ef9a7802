"""Whether short Hangul words are built like Korean personal names, a column at once."""

from typing import Any

import numpy as np

from datadam.lake.personal.surnames import COMMON, GIVEN, SURNAMES


def _codes(text: str) -> Any:
    table = np.zeros(0x2C00, bool)
    table[[ord(char) - 0xAC00 for char in set(text)]] = True
    return table


_SURNAME, _COMMON, _GIVEN = _codes(SURNAMES), _codes(COMMON), _codes(GIVEN)


def likely(codes: list[Any]) -> Any:
    """For words of 2 to 4 syllables, given as code points by place: which are built like a name."""
    places = [np.clip(code.astype(np.int32) - 0xAC00, 0, 0x2BFF) for code in codes]
    found = _SURNAME[places[0]] if len(places) == 3 else _COMMON[places[0]]
    for place in places[1:]:
        found = found & _GIVEN[place]
    return found
