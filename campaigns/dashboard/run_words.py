"""How far an update has come in words and numbers, for its page and the script that renews it."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import format_number, ngettext
from flask_babel import gettext as _

from campaigns.cases.models import Campaign, Event
from campaigns.db import db
from campaigns.mail.models import MailPause
from campaigns.mail.queries import is_worker_alive
from campaigns.updates.models import Update
from campaigns.updates.overtaking import overtaking_event
from campaigns.updates.progress import Progress, UpdateState, mails_a_minute, progress_of
from campaigns.updates.run_queries import pauses_of

UNFINISHED = (
    UpdateState.DRAFT,
    UpdateState.SCHEDULED,
    UpdateState.HELD,
    UpdateState.RUNNING,
    UpdateState.PAUSED,
)
AN_HOUR = 60


@dataclass(frozen=True, slots=True)
class Run:
    """What an update's page says of it."""

    progress: Progress
    figures: dict[str, str]
    # By name, as they are told.
    rate: str
    left: str
    digests: str
    # Each empty when there is nothing to say.
    overtaken_by: Event | None
    pause: MailPause | None
    # Why mail rests by no organiser's wish.
    worker_missing: bool

    @property
    def state(self) -> UpdateState:
        """Where the update stands."""
        return self.progress.state

    @property
    def key(self) -> str:
        """What the page as a whole depends on: when it changes, numbers alone are not enough."""
        held = self.overtaken_by.id if self.overtaken_by else ""
        rests = self.pause.reason if self.pause else ""
        return f"{self.state}:{held}:{rests}:{self.worker_missing}:{bool(self.progress.failed)}"


def describe_run(campaign: Campaign, update: Update, now: datetime) -> Run:
    """Return how far an update has come, and what keeps it."""
    progress = progress_of(update, now)
    running = progress.state == UpdateState.RUNNING
    rate = mails_a_minute(update, now) if running else 0
    return Run(
        progress=progress,
        figures=_figures(progress),
        rate=ngettext(
            "%(number)s mail a minute",
            "%(number)s mails a minute",
            rate,
            number=format_number(rate),
        )
        if rate
        else "",
        left=_time_left(progress, rate),
        digests=in_digests(progress),
        overtaken_by=_overtaken_by(update, progress.state, now),
        pause=next(iter(pauses_of(campaign.id, now)), None) if running else None,
        worker_missing=running and not is_worker_alive(),
    )


def _overtaken_by(update: Update, state: UpdateState, now: datetime) -> Event | None:
    if state not in UNFINISHED:
        return None
    if update.overtaken_by_id:
        return db.session.get(Event, update.overtaken_by_id)
    return overtaking_event(update, now)


def _figures(progress: Progress) -> dict[str, str]:
    numbers = {
        "queued": progress.queued,
        "sent": progress.sent,
        "waiting": progress.waiting + progress.paused,
        "deferred": progress.deferred,
        "failed": progress.failed,
        "stopped": progress.stopped,
    }
    return {name: format_number(number) for name, number in numbers.items()}


def _time_left(progress: Progress, rate: int) -> str:
    """Tell how long the rest takes at the rate of the last minute."""
    if not rate or not progress.waiting or progress.queueing:
        return ""
    minutes = -(-progress.waiting // rate)
    if minutes < AN_HOUR:
        return str(ngettext("About %(num)s minute left", "About %(num)s minutes left", minutes))
    hours = -(-minutes // AN_HOUR)
    return str(ngettext("About %(num)s hour left", "About %(num)s hours left", hours))


def state_in_words(update: Update, progress: Progress) -> str:
    """Return a word or two for where an update stands."""
    words = {
        UpdateState.DRAFT: _("Draft"),
        UpdateState.SCHEDULED: _("Waits for its time"),
        UpdateState.HELD: _("Held"),
        UpdateState.RUNNING: _sending_in_words(progress),
        UpdateState.PAUSED: _("Paused"),
        UpdateState.DONE: _("Sent") if progress.queued else _("Published"),
        UpdateState.CANCELLED: _("Stopped"),
    }
    return str(words[progress.state])


def in_digests(progress: Progress) -> str:
    """Tell how many are still to be mailed an update in a digest, if anybody is."""
    if not progress.in_digests:
        return ""
    return str(
        ngettext(
            "%(num)s reader gets it in the mail of the day or the week",
            "%(num)s readers get it in the mail of the day or the week",
            progress.in_digests,
        )
    )


def _sending_in_words(progress: Progress) -> str:
    if progress.queueing or progress.left:
        return str(_("Being sent"))
    if progress.queued:
        return str(_("Sent to those who get it at once; %(rest)s", rest=in_digests(progress)))
    return in_digests(progress)
