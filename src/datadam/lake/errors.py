"""Refusals of the data plane: a code for programs, a sentence in both languages for people."""


class LakeError(Exception):
    """The lake will not do this. `ko` and `en` are complete sentences; `data` holds the facts."""

    def __init__(self, code: str, *, ko: str, en: str, **data: object) -> None:
        super().__init__(en)
        self.code, self.ko, self.en, self.data = code, ko, en, data


class Unreadable(LakeError):
    """The file cannot be read as a table, with the reason."""


class TooBig(LakeError):
    """A limit on size was met, with the limit."""


class Tampered(LakeError):
    """A sealed file fails its authentication."""
