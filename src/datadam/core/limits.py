"""How much one address, person or token may ask of a web process: token buckets in its memory.

A bucket holds a minute's requests and fills steadily, so that a burst is served and a stream is not. Reading, writing
and what is expensive (downloads, uploads) have buckets of their own. Every web process counts for itself: with two
processes up to twice the limit gets through. A flood of packets is the proxy's business, not ours.
"""

import hashlib
import logging
import math
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from datadam.web.text import Text

BUCKETS = 20_000  # at most so many are remembered; the one that was longest unused goes
READS = ("GET", "HEAD", "OPTIONS")
EXEMPT = ("/healthz", "/readyz", "/metrics")
WAIT = Text(
    "짧은 시간에 요청이 너무 많았습니다. {seconds}초 뒤에 다시 해 주세요.",
    "There were too many requests in a short time. Try again in {seconds} seconds.",
)
log = logging.getLogger("datadam.limits")
refused: Counter[str] = Counter()  # kind → how many requests this process turned away
_heavy: set[tuple[str, str]] = set()


def heavy(method: str, *views: str) -> None:
    """Count `method` on the named URLs (`api:download`) as expensive; a room calls this in AppConfig.ready."""
    _heavy.update((method, view) for view in views)


class Buckets:
    """Key → how much is left of a minute's amount, and when that was so."""

    def __init__(self, tick: Callable[[], float] = time.monotonic, most: int = BUCKETS) -> None:
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock, self._tick, self._most = threading.Lock(), tick, most

    def take(self, key: str, limit: int, amount: int = 1) -> float:
        """Seconds to wait, 0.0 when the request may go on. An `amount` of 0 only asks."""
        now = self._tick()
        with self._lock:
            left, then = self._left.pop(key, (float(limit), now))
            left = min(float(limit), left + (now - then) * limit / 60)
            wait = 0.0 if left >= max(amount, 1) else (max(amount, 1) - left) * 60 / limit
            self._left[key] = (left if wait else left - amount, now)
            while len(self._left) > self._most:
                self._left.popitem(last=False)
        return wait

    def clear(self) -> None:
        """Forget everybody."""
        with self._lock:
            self._left.clear()

    def __len__(self) -> int:
        return len(self._left)


buckets = Buckets()


class RateLimitMiddleware:
    """Counts a request once its view is known, before its body is read; what leads nowhere is counted afterwards."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path in EXEMPT:
            return response
        if not hasattr(request, "rate_counted"):
            return _counted(request, "reads", _address(request)) or response
        if response.status_code == 401 and settings.RATE_READS:  # guessing tokens, each of which has its own bucket
            buckets.take(f"guesses:{_address(request)}", settings.RATE_READS)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Called by Django with the view, before the form's secret is looked for in the body."""
        if request.path in EXEMPT:
            return None
        request.rate_counted = True  # type: ignore[attr-defined]
        match = request.resolver_match
        name = match.view_name if match else ""
        if request.headers.get("Authorization"):
            refusal = _counted(request, "guesses", _address(request), amount=0)
            if refusal:
                return refusal
        return _counted(request, kind(request.method or "GET", name), _who(request))


def kind(method: str, view: str) -> str:
    """reads, writes or heavy."""
    if ("GET" if method == "HEAD" else method, view) in _heavy:
        return "heavy"
    return "reads" if method in READS else "writes"


def _limit(kind: str) -> int:
    limits = {"heavy": settings.RATE_HEAVY, "writes": settings.RATE_WRITES}
    return int(limits.get(kind, settings.RATE_READS))


def _counted(request: HttpRequest, kind: str, who: str, amount: int = 1) -> HttpResponse | None:
    from datadam.core.middleware import answer

    limit = _limit(kind)
    wait = buckets.take(f"{kind}:{who}", limit, amount) if limit else 0.0
    if not wait:
        return None
    refused[kind] += 1
    if refused[kind] in (1, 10, 100) or refused[kind] % 1000 == 0:
        log.warning("rate limit: %d requests (%s) turned away so far", refused[kind], kind)
    seconds = max(1, math.ceil(wait))
    response = answer(request, 429, WAIT.format(seconds=seconds), "too_many", {"seconds": seconds})
    response.headers["Retry-After"] = str(seconds)
    return response


def _who(request: HttpRequest) -> str:
    """A token by its digest, a person by their number, everybody else by their address."""
    given = request.headers.get("Authorization", "")
    if given.startswith("Bearer "):
        return "token:" + hashlib.sha256(given.encode()).hexdigest()[:24]
    person = request.user.pk
    return f"person:{person}" if person is not None else _address(request)


def _address(request: HttpRequest) -> str:
    from datadam.core.views.asking import address

    return address(request)
