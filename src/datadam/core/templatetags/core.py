"""Words for the codes that the core stores."""

from django import template

from datadam.core.ports.business_register import ANSWERS
from datadam.web.text import Text

register = template.Library()
ROLES = {
    "admin": Text("관리자", "Admin"),
    "steward": Text("데이터 관리자", "Data steward"),
    "member": Text("구성원", "Member"),
    "officer": Text("데이터 담당관", "Data officer"),
    "reviewer": Text("심의위원", "Reviewer"),
    "operator": Text("운영자", "Operator"),
}
KINDS = {
    "city": Text("시 부서", "City office"),
    "public": Text("공공기관", "Public body"),
    "firm": Text("기업", "Firm"),
    "university": Text("대학·연구기관", "University or institute"),
    "civic": Text("시민단체", "Civic group"),
}


@register.filter
def kind(key: str) -> str:
    """A kind of organisation."""
    return str(KINDS.get(key, key))


@register.filter
def role(key: str) -> str:
    """A role in an organisation or of the city."""
    return str(ROLES.get(key, key))


@register.filter
def register_said(key: str) -> str:
    """What the business register said."""
    return str(ANSWERS.get(key, key))


@register.filter
def business_number(digits: str) -> str:
    """123-45-67890"""
    return f"{digits[:3]}-{digits[3:5]}-{digits[5:]}"
