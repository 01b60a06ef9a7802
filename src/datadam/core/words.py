"""What the core's events mean, for histories."""

from datadam.web.text import Text

EVENTS = {
    "home.restored": Text("백업에서 되살림", "Restored from a backup"),
    "backup.made": Text("백업을 만듦", "Backup made"),
    "city.named": Text("도시의 이름과 연락처를 정함", "City named"),
    "job.dismissed": Text("실패한 작업을 치움", "Failed job put away"),
    "job.retried": Text("실패한 작업을 다시 시작함", "Failed job started again"),
    "job.undismissed": Text("치운 작업을 되돌림", "Failed job brought back"),
    "organisation.created": Text("기관을 등록함", "Organisation registered"),
    "organisation.changed": Text("기관 정보를 고침", "Organisation's details changed"),
    "organisation.member": Text("구성원의 역할을 바꿈", "Member's role changed"),
    "person.created": Text("계정을 만듦", "Account made"),
    "person.notices_chosen": Text("알림 설정을 바꿈", "Notice settings changed"),
    "person.password_changed": Text("비밀번호를 바꿈", "Password changed"),
    "person.password_reset": Text("운영자가 비밀번호를 새로 정함", "Password set anew by an operator"),
    "person.role_granted": Text("시 역할을 줌", "City role given"),
    "person.role_revoked": Text("시 역할을 거둠", "City role taken away"),
    "person.steps_hidden": Text("첫걸음을 치움", "First steps put away"),
    "person.steps_shown": Text("첫걸음을 다시 꺼냄", "First steps brought back"),
    "token.issued": Text("접근 토큰을 만듦", "Access token made"),
    "token.revoked": Text("접근 토큰을 폐기함", "Access token revoked"),
}

ROLES = {
    "admin": Text("관리자", "admin"),
    "steward": Text("데이터 관리자", "data steward"),
    "member": Text("구성원", "member"),
    "officer": Text("데이터 담당관", "data officer"),
    "reviewer": Text("심의위원", "reviewer"),
    "operator": Text("운영자", "operator"),
}


TASKS = {"core.verify": Text("날마다 하는 점검", "The day's check")}


def task(name: str) -> Text:
    """A job's task in words, or its name: operators know these from the log."""
    return TASKS.get(name, Text(name, name))


def role(code: str | None) -> Text:
    """A role in words; an unknown code is shown as it is."""
    return ROLES.get(code or "", Text(code or "–", code or "–"))
