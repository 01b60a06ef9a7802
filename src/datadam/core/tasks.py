"""The core's own jobs: sealing, checkpoints, and pruning of what nobody needs any more."""

from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Q

from datadam.core import clock, events, jobs, notices, schedule, verification
from datadam.core.jobs import JobHandle, task
from datadam.core.models import Attempt, Heartbeat, Job, MailedLink, SignedIn


@task("core.seal")
def seal(job: JobHandle) -> None:
    """Chain new events until none is left."""
    while events.seal():
        pass


@task("core.checkpoint")
def checkpoint(job: JobHandle) -> None:
    """Sign where the chain stands."""
    events.checkpoint()


@task("core.verify", queue="heavy", max_attempts=1)
def verify(job: JobHandle) -> None:
    """The day's check of what must hold. What does not is a failed job on the operators' desks, the last one only."""
    failed = Job.objects.filter(task="core.verify", state=Job.State.FAILED)
    problems = [found.words for found in verification.look() if not found.note]
    failed.update(state=Job.State.CANCELLED)
    if problems:
        raise verification.Broken(problems)


@task("core.prune")
def prune(job: JobHandle) -> None:
    """Delete old jobs (the timetable's own after an hour), attempts past the window, ended sessions, old links."""
    now = clock.now()
    ended = Job.objects.filter(state__in=[Job.State.DONE, Job.State.FAILED, Job.State.CANCELLED])
    old = Q(finished_at__lt=now - timedelta(days=settings.JOB_KEEP_DAYS))
    timetable = Q(task__startswith="core.") | Q(task__in={entry.task for entry in schedule.entries().values()})
    routine = timetable & Q(state=Job.State.DONE, finished_at__lt=now - timedelta(hours=1))
    ended.filter(old | routine).delete()
    Attempt.objects.filter(at__lt=now - timedelta(days=1)).delete()
    Heartbeat.objects.filter(at__lt=now - timedelta(days=1)).delete()
    Session.objects.filter(expire_date__lt=now).delete()
    SignedIn.objects.exclude(session_key__in=Session.objects.values("session_key")).filter(
        since__lt=now - timedelta(hours=1)
    ).delete()
    MailedLink.objects.filter(expires_at__lt=now - timedelta(days=30)).delete()
    notices.prune()


@task("core.send_link", max_attempts=5)
def send_link(job: JobHandle, link: int) -> None:
    """Mail a link; its secret is made here. Run again, it sends a fresh one and the earlier one is dead."""
    from datadam.core.services import links

    links.send(link_id=link)


@task("core.send_letter", max_attempts=5)
def send_letter(job: JobHandle, letter: str, person: int, **facts: str) -> None:
    """Mail one of the fixed letters about somebody's account; `facts` hold nothing personal."""
    from datadam.core.services import letters

    letters.send(letter=letter, person_id=person, facts=facts)


@task("core.notify")
def notify(job: JobHandle, *, event: int, **_: str) -> None:
    """Tell whom an event concerns."""
    notices.tell(event_id=event)


@task("core.mail_notice", max_attempts=6)
def mail_notice(job: JobHandle, *, notice: int) -> None:
    """Mail a notice to who wants them at once."""
    notices.mail_one(notice_id=notice)


@task("core.digest")
def digest(job: JobHandle) -> None:
    """Start the day's digests, a job each, so that one bad address holds up nobody."""
    for person in notices.digests_due():
        jobs.enqueue("core.mail_digest", actor=None, person=person)


@task("core.mail_digest", max_attempts=6)
def mail_digest(job: JobHandle, *, person: int) -> None:
    """Mail one person's digest."""
    notices.mail_digest(person_id=person)
