"""A worker with two tasks of its own, for tests that kill it: `python worker_program.py`."""

import time

from datadam.core import home

home.open_home()

from datadam.core import jobs  # noqa: E402
from datadam.core.models import Organisation  # noqa: E402
from datadam.core.worker import Worker  # noqa: E402
from datadam.web.text import Text  # noqa: E402


@jobs.task("test.found", queue="heavy")
def found(job, name, seconds):
    """Takes a while the first time; idempotent."""
    Organisation.objects.get_or_create(name=name, defaults={"title": name})
    job.progress(0.5, Text("반쯤", "Half way"))
    time.sleep(seconds if job.attempt == 1 else 0)
    return {"attempt": job.attempt}


if __name__ == "__main__":
    Worker(("light", "heavy")).serve()
