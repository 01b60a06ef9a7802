"""The catalogue's places in the main navigation."""

from datadam.catalog import policies
from datadam.core.extensions import NavEntry, add_navigation
from datadam.core.public import Actor
from datadam.web.text import Text


def _uploads(actor: Actor | None) -> bool:
    from datadam.catalog.views.uploads import may_upload_anywhere

    return may_upload_anywhere(actor)


def register() -> None:
    """Called once, when the room is ready."""
    add_navigation(NavEntry("datasets", Text("데이터 찾기", "Find data"), "dataset_list", 10))
    add_navigation(NavEntry("upload", Text("파일 올리기", "Upload"), "upload_new", 20, _uploads))
    add_navigation(NavEntry("evidence", Text("평가 근거", "Evidence"), "evidence", 80, policies.of_city))
