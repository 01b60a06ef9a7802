"""The terms that people agree to when they come in: words and their version, stored with each consent."""

from datadam.core.errors import Invalid
from datadam.web.text import Text

VERSION = "2026-11"


def require(version: str) -> None:
    """Invalid unless the present version was agreed to."""
    if version != VERSION:
        words = Text(
            "이용약관과 개인정보 처리에 동의해 주십시오.", "Please agree to the terms and to the use of your data."
        )
        raise Invalid(words, code="terms", fields={"terms": str(words)})
