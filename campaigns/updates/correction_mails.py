"""The mail that says something mailed before was wrong."""

from collections.abc import Iterable

from campaigns.cases.models import Correction, Event
from campaigns.db import db
from campaigns.mail.composing import Batch, Letter, Withheld, register_composer
from campaigns.updates.correction_queries import notices_to_send
from campaigns.updates.mails import by_subject, send_news, still_subscribed
from campaigns.updates.models import CORRECTION, RETRACTION, CorrectionNotice, Update
from campaigns.updates.news import News, Wrong


def register_correction_mails() -> None:
    """Say how mails that correct others are made."""
    register_composer(CORRECTION, compose=_send_corrections, still_wanted=_still_to_tell)


def _send_corrections(batch: Batch) -> Iterable[Letter | Withheld]:
    """Write each correction once in each language, then fill in addresses and links."""
    subjects = by_subject(batch)
    for notice_id, notice in notices_to_send(subjects).items():
        update = db.session.get_one(Update, notice.update_id)
        news = News(notice.campaign_id, (update,), wrong=_what_was_wrong(notice, update))
        yield from send_news(news, subjects[notice_id])


def _what_was_wrong(notice: CorrectionNotice, update: Update) -> Wrong:
    event = db.session.get_one(Event, update.event_id)
    if notice.number == RETRACTION or event.retracted_on is not None:
        return Wrong(event.retracted_reason or "", retracted=True)
    corrections: list[Correction] = event.corrections
    note = next((it.note for it in corrections if it.position == notice.number), "")
    return Wrong(note, retracted=False, now=event.summary, on=event.date)


def _still_to_tell(batch: Batch) -> set[int]:
    notices = notices_to_send(int(claim.about_id) for claim in batch)
    return still_subscribed([claim for claim in batch if int(claim.about_id) in notices])
