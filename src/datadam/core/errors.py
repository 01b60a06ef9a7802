"""Every refusal a service can give; one handler turns them into 403, 404, 409 or 422."""

from datadam.web.text import Text


class DomainError(Exception):
    """A rule said no. `message` is for the user, `code` for programs, `data` for both."""

    status = 422
    code = "refused"

    def __init__(self, message: Text, *, code: str | None = None, **data: object) -> None:
        super().__init__(message.en)
        self.message = message
        self.code = code or type(self).code
        self.data = data


class NotAllowed(DomainError):
    """The actor may not do this (403)."""

    status, code = 403, "not_allowed"


class NotFound(DomainError):
    """There is no such thing, or none the actor may know of (404)."""

    status, code = 404, "not_found"


class Conflict(DomainError):
    """The thing is not in the state the action needs (409)."""

    status, code = 409, "conflict"


class Invalid(DomainError):
    """What was sent breaks a rule (422). `fields` maps a field to its message."""

    status, code = 422, "invalid"
