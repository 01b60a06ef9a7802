"""Words in Korean and English side by side, resolved when they are shown."""

from typing import NamedTuple

from django.utils.translation import get_language


class Text(NamedTuple):
    """A sentence in both languages; `str()` gives the one of the current page."""

    ko: str
    en: str

    def __str__(self) -> str:
        return self.en if (get_language() or "ko").startswith("en") else self.ko

    def format(self, **values: object) -> "Text":
        """The same sentence with `{name}` fields filled in both languages."""
        return Text(self.ko.format(**values), self.en.format(**values))
