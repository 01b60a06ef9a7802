"""`datadam serve`: granian in WSGI mode in the foreground, one worker process beside it."""

import contextlib
import os
import subprocess
import sys
import threading

RESTART = 2.0  # seconds before a worker that died is started again


class Companion:
    """The worker process; started again when it dies, told to finish when the server ends."""

    def __init__(self, parent: int) -> None:
        self._command = [sys.executable, "-m", "datadam.cli", "worker"]
        self._env = {**os.environ, "DATADAM_PARENT": str(parent)}
        self._ending = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def _keep(self) -> None:
        while not self._ending.is_set():
            self._process = subprocess.Popen(self._command, env=self._env)  # noqa: S603
            self._process.wait()
            self._ending.wait(RESTART)

    def __enter__(self) -> "Companion":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        if self._process and self._process.poll() is None:
            self._process.terminate()
            self._process.wait()


def serve(*, host: str, port: int, workers: int, threads: int, with_worker: bool) -> None:
    """Serve until SIGINT or SIGTERM."""
    from granian import Granian
    from granian.constants import Interfaces

    from datadam.core.keeping import locks, metrics
    from datadam.web.charts import ensure_bundle

    metrics.share()

    threading.Thread(target=ensure_bundle, daemon=True).start()  # or the first chart would wait for it
    web = Granian(
        "datadam.config.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        log_access=False,
        workers_kill_timeout=10,
        respawn_failed_workers=True,
    )
    with locks.running(), Companion(os.getpid()) if with_worker else contextlib.nullcontext():
        web.serve()
