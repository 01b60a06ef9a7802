"""The script of the charts; every other page belongs to a room."""

from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

from datadam.web import charts


@require_safe
def vega(request: HttpRequest, name: str) -> FileResponse:
    """The chart script, for ever: its name holds its version."""
    if name != charts.bundle_name():
        raise Http404
    path = charts.ensure_bundle()
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = FileResponse((path.with_suffix(".js.gz") if packed else path).open("rb"), content_type="text/javascript")
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Vary"] = "Accept-Encoding"
    return response
