"""What is done to the run of an update's mail: pausing, going on, stopping, trying again.

A paused update is queued no further, and what was queued rests; see `campaigns.mail.runs`.
"""

from datetime import datetime

from campaigns.accounts.actions import Action
from campaigns.accounts.audit import record_entry
from campaigns.cases.models import Campaign, Event
from campaigns.cases.operations import touch
from campaigns.cases.queries import is_public
from campaigns.db import db, utcnow
from campaigns.mail.operations import cancel_deliveries
from campaigns.mail.runs import pause_run, recall_run, resume_run, retry_failed
from campaigns.updates.correction_queries import notices_to_send
from campaigns.updates.errors import CampaignNotPublic, UpdateHidden, UpdateOver
from campaigns.updates.models import CORRECTION, DIGEST, SEND, CorrectionNotice, Digest, Update
from campaigns.updates.overtaking import overtaking_event
from campaigns.updates.progress import UpdateState, progress_of
from campaigns.updates.queries import is_at_rest, which_digests_to_tell
from campaigns.updates.run_queries import digests_telling, lock_update, updates_perhaps_overtaken


def pause_update(update: Update) -> None:
    """Let nothing more of an update be mailed for now. Raises UpdateOver when nothing is."""
    _require(update, UpdateState.RUNNING)
    _pause(update)


def resume_update(campaign: Campaign, update: Update) -> None:
    """Mail what is left of an update: what it says is still right, whatever came since.

    One that was held before any of it was mailed is published at the time it was planned for, at
    once when that has passed. Raises UpdateOver when it is neither paused nor held, UpdateHidden,
    and CampaignNotPublic: what nobody can read is mailed to nobody, and not kept for later.
    """
    lock_update(update)
    # Whoever hides the campaign locks its updates first.
    db.session.refresh(campaign)
    if not is_public(campaign):
        raise CampaignNotPublic
    _require(update, UpdateState.PAUSED, UpdateState.HELD, shown=True)
    now = utcnow()
    update.paused_at = update.overtaken_by_id = None
    update.written_at = now
    if update.published_at is None:
        update.published_at = max(now, update.planned_at or now)
        update.planned_at = None
        touch(campaign)
    resume_run(SEND, update.id)


def confirm_update(update: Update) -> None:
    """Note that what an update says is still right, so that no entry by now holds it.

    Raises UpdateOver when it is held already, or over.
    """
    _require(update, UpdateState.DRAFT, UpdateState.SCHEDULED, UpdateState.RUNNING)
    update.written_at = utcnow()


def cancel_update(update: Update) -> None:
    """Let nobody else be mailed an update. It stays in the archive: some have read it.

    Raises UpdateOver when nothing of it is left to be mailed.
    """
    _require(update, UpdateState.RUNNING, UpdateState.PAUSED)
    now = utcnow()
    update.cancelled_at = now
    update.paused_at = update.overtaken_by_id = None
    update.queued_at = update.queued_at or now
    cancel_deliveries(kind=SEND, about_id=update.id)
    for digest_id in digests_telling(update):
        recall_run(DIGEST, digest_id)


def retry_update(update: Update) -> int:
    """Try the mails of an update that failed once more; return how many.

    Those to mailboxes that do not exist stay unsent. Raises UpdateOver while it is paused, once it
    was stopped for good, or when none has failed; and UpdateHidden.
    """
    _require(update, UpdateState.RUNNING, UpdateState.DONE, shown=True)
    number = retry_failed(SEND, update.id)
    if not number:
        raise UpdateOver
    return number


def retry_mailing(mailing: CorrectionNotice | Digest) -> int:
    """Try the failed mails of a correction or a digest once more; return how many.

    Raises UpdateOver when none failed, and UpdateHidden while what it tells is paused or hidden.
    """
    if isinstance(mailing, Digest):
        kind = DIGEST
        ready = mailing.id in which_digests_to_tell([mailing.id]) and not is_at_rest(mailing)
    else:
        kind = CORRECTION
        ready = mailing.id in notices_to_send([mailing.id])
    if not ready:
        raise UpdateHidden
    number = retry_failed(kind, mailing.id)
    if not number:
        raise UpdateOver
    return number


def hold_one_overtaken(now: datetime) -> bool:
    """Pause an update that an entry about somebody's custody has overtaken; False without one.

    One of which nothing was mailed is taken back from the archive until somebody says otherwise.
    """
    for update in updates_perhaps_overtaken(now):
        lock_update(update)
        # Somebody may have been quicker.
        if update.paused_at is None and update.published_at is not None:
            event = overtaking_event(update, now)
            if event is not None:
                _hold(update, event)
                return True
    return False


def _hold(update: Update, event: Event) -> None:
    update.overtaken_by_id = event.id
    if update.queued_up_to is None and update.queued_at is None:
        update.paused_at = utcnow()
        update.planned_at, update.published_at = update.published_at, None
        touch(db.session.get_one(Campaign, update.campaign_id))
    else:
        _pause(update)
    # Last, as everywhere: whoever holds the end of the trail waits for nobody.
    about = f"update:{update.id}"
    record_entry(Action.UPDATE_HELD, campaign_id=update.campaign_id, about=about)


def _pause(update: Update) -> None:
    update.paused_at = utcnow()
    pause_run(SEND, update.id)
    # The worker lets them go on once nothing that they tell rests.
    for digest_id in digests_telling(update):
        pause_run(DIGEST, digest_id)


def _require(update: Update, *states: UpdateState, shown: bool = False) -> None:
    lock_update(update)
    progress = progress_of(update, utcnow())
    if progress.state not in states:
        raise UpdateOver
    if shown and progress.hidden:
        raise UpdateHidden
