"""The core's own jobs: sealing, checkpoints, and pruning of what nobody needs any more."""

from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Q

from datadam.core import clock, events
from datadam.core.jobs import JobHandle, task
from datadam.core.models import Heartbeat, Job, LoginAttempt


@task("core.seal")
def seal(job: JobHandle) -> None:
    """Chain new events until none is left."""
    while events.seal():
        pass


@task("core.checkpoint")
def checkpoint(job: JobHandle) -> None:
    """Sign where the chain stands."""
    events.checkpoint()


@task("core.prune")
def prune(job: JobHandle) -> None:
    """Delete old jobs (the timetable's own after an hour), sign-in attempts past the window, ended sessions."""
    now = clock.now()
    ended = Job.objects.filter(state__in=[Job.State.DONE, Job.State.FAILED, Job.State.CANCELLED])
    old = Q(finished_at__lt=now - timedelta(days=settings.JOB_KEEP_DAYS))
    routine = Q(task__startswith="core.", state=Job.State.DONE, finished_at__lt=now - timedelta(hours=1))
    ended.filter(old | routine).delete()
    Heartbeat.objects.filter(at__lt=now - timedelta(days=1)).delete()
    LoginAttempt.objects.filter(at__lt=now - timedelta(days=1)).delete()
    Session.objects.filter(expire_date__lt=now).delete()
