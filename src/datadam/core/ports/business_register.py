"""Is this a firm that does business? Asked of the tax office's register, or of whoever stands for it."""

import logging
from typing import Protocol

from datadam.core import ports
from datadam.web.text import Text

log = logging.getLogger("datadam.ports")
ANSWERS: dict[str, Text] = {
    "active": Text("영업 중", "Active"),
    "suspended": Text("휴업", "Suspended"),
    "closed": Text("폐업", "Closed"),
    "unknown": Text("등록되지 않음", "Not registered"),
    "unchecked": Text("확인하지 못함", "Not checked"),
}


class BusinessRegister(Protocol):
    """A provider of the port."""

    def status(self, number: str) -> str:
        """active, suspended, closed or unknown, for ten digits."""
        ...


def status(number: str) -> str:
    """What the register says; `unchecked` when there is no register or it does not answer."""
    register: BusinessRegister | None = ports.provider("business_register")
    if register is None:
        return "unchecked"
    try:
        said = register.status(number)
    except Exception:
        log.exception("the business register did not answer")
        return "unchecked"
    return said if said in ANSWERS else "unchecked"
