"""Two who do the same thing at the same moment: the database lets one through, the other is told so."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from datadam.core.errors import Conflict
from datadam.web.text import Text

QUICKER = Text(
    "그사이 같은 일이 먼저 처리되었습니다. 다시 해 주십시오.", "The same was just done by somebody else: try again."
)


@contextmanager
def once(words: Text = QUICKER, *, code: str = "quicker") -> Iterator[None]:
    """A transaction in which a broken constraint means that somebody was quicker: Conflict, not a fault."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise Conflict(words, code=code) from None
