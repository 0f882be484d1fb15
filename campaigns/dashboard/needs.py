"""What needs an organiser first: found in the rows themselves, and gone once it is done."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from operator import itemgetter
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select

from campaigns.accounts.models import Organiser
from campaigns.accounts.roles import Role
from campaigns.cases.facts import may_go_on, read_hearing
from campaigns.cases.hearings import Hearing
from campaigns.cases.models import Campaign
from campaigns.cases.queries import open_campaigns
from campaigns.cases.standing import Standing, take_standings
from campaigns.cases.vocabulary import CampaignState, Custody
from campaigns.dashboard.queries import CampaignOverview
from campaigns.db import db
from campaigns.mail.models import Delivery, DeliveryState, MailPause
from campaigns.mail.queries import active_pauses, is_mail_due, is_worker_alive
from campaigns.petitions.models import ExportRequest, Petition, PetitionState
from campaigns.reports.queries import count_open_reports
from campaigns.updates.models import CORRECTION, DIGEST, SEND, CorrectionNotice, Digest, Update
from campaigns.updates.run_queries import drafted_updates, overtaken_updates, paused_updates

WEEK = timedelta(days=7)


class FailedBecause(StrEnum):
    """Why a relay refused mail for good, as far as its number tells."""

    NO_MAILBOX = "no_mailbox"
    POLICY = "policy"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class DayInCourt:
    """A hearing within the week, or one that is over and of which nobody has said how it went."""

    slug: str
    title: str
    timezone: str
    # The campaign's, which is the court's.
    hearing: Hearing


@dataclass(frozen=True, slots=True)
class StaleCase:
    """A campaign with detainees of whom nothing was heard for 30 days."""

    slug: str
    title: str
    names: Sequence[str]
    days: int | None
    # Since the oldest news of one of them; None when there never was any.


@dataclass(frozen=True, slots=True)
class FailedMail:
    """Mails of an update, a correction or a digest that will not arrive."""

    slug: str
    title: str
    kind: str
    # Of the deliveries.
    about_id: int
    update_title: str
    # Empty for a digest, which tells several.
    number: int
    because: FailedBecause
    # What most of them failed for.
    may_retry: bool


@dataclass(slots=True)
class Needs:
    """What needs somebody now; empty lists when it is quiet."""

    worker_missing: bool = False
    # Mail is due, and no worker is there to send it.
    pauses: Sequence[MailPause] = ()
    overtaken: Sequence[Update] = ()
    paused: Sequence[Update] = ()
    # By an organiser, or because of a report: they keep back the mails of the day and week too.
    failed: Sequence[FailedMail] = ()
    reports: int = 0
    dangers: int = 0
    # Among the reports that wait: those that tell of one.
    past_hearings: list[DayInCourt] = field(default_factory=list)
    # Of which nobody has said how they went.
    hearings: list[DayInCourt] = field(default_factory=list)
    exports: Sequence[ExportRequest] = ()
    campaigns: Mapping[int, CampaignOverview] = field(default_factory=dict)
    # By id, for those above.
    comments: Sequence[CampaignOverview] = ()
    held: Sequence[CampaignOverview] = ()
    stale: list[StaleCase] = field(default_factory=list)
    to_close: list[CampaignOverview] = field(default_factory=list)
    # Everybody is free, and the petition still asks for it.
    unsent: Sequence[Update] = ()
    drafts: Sequence[CampaignOverview] = ()

    def __bool__(self) -> bool:
        """Whether there is anything to do."""
        return any(getattr(self, name) for name in self.__slots__ if name != "campaigns")


def find_needs(
    organiser: Organiser,
    roles: Mapping[int, Role],
    campaigns: Sequence[CampaignOverview],
    now: datetime,
) -> Needs:
    """Return what needs an organiser in the campaigns they see, by what they may do there."""

    def may(campaign_id: int, needed: Role) -> bool:
        role = Role.OWNER if organiser.site_admin else roles.get(campaign_id)
        return role is not None and role.includes(needed)

    edited = [it for it in campaigns if may(it.id, Role.EDITOR)]
    owned = {it.id for it in campaigns if may(it.id, Role.OWNER)}
    by_id = {it.id: it for it in campaigns}
    reported = None if organiser.site_admin else [it.id for it in edited]
    reports, dangers = count_open_reports(reported)
    needs = Needs(
        reports=reports,
        dangers=dangers,
        worker_missing=not is_worker_alive() and is_mail_due(now),
        pauses=[
            it for it in active_pauses(now) if it.campaign_id is None or it.campaign_id in by_id
        ],
        overtaken=overtaken_updates([it.id for it in edited]),
        paused=paused_updates([it.id for it in edited]),
        unsent=drafted_updates([it.id for it in edited]),
        failed=failed_mail(by_id, {it.id for it in edited}, now),
        exports=exports_to_approve(organiser, owned),
        campaigns=by_id,
        comments=[it for it in edited if it.comments],
        held=[it for it in edited if it.held],
        drafts=[it for it in edited if it.state == CampaignState.DRAFT],
    )
    _look_at_cases(needs, {it.id: it for it in edited}, owned, now)
    return needs


def exports_to_approve(organiser: Organiser, owned: Collection[int]) -> Sequence[ExportRequest]:
    """Return the requests that somebody else made and this organiser may approve, oldest first."""
    return db.session.scalars(
        select(ExportRequest)
        .where(
            ExportRequest.campaign_id.in_(owned),
            ExportRequest.asked_by_id != organiser.id,
            ExportRequest.approved_at.is_(None),
        )
        .order_by(ExportRequest.id)
    ).all()


def failed_mail(
    campaigns: Mapping[int, CampaignOverview], edited: Collection[int], now: datetime
) -> list[FailedMail]:
    """Return what was mailed within a week of which some mails failed for good, newest first.

    Those of the campaigns in `edited` may be tried once more.
    """
    told = _mailed_since(now - WEEK, campaigns)
    rows = db.session.execute(
        select(Delivery.kind, Delivery.about_id, Delivery.smtp_code, func.count())
        .where(
            or_(*(_of_kind(kind, told) for kind in (SEND, CORRECTION, DIGEST))),
            Delivery.state == DeliveryState.FAILED,
        )
        .group_by(Delivery.kind, Delivery.about_id, Delivery.smtp_code)
    )
    reasons: dict[tuple[str, int], dict[FailedBecause, int]] = defaultdict(lambda: defaultdict(int))
    for kind, about, code, number in rows:
        reasons[kind, int(about)][failed_because(code)] += number
    return [
        FailedMail(
            slug=campaigns[campaign_id].slug,
            title=campaigns[campaign_id].title,
            kind=kind,
            about_id=about,
            update_title=title,
            number=sum(reasons[kind, about].values()),
            because=max(reasons[kind, about].items(), key=itemgetter(1))[0],
            may_retry=campaign_id in edited,
        )
        for (kind, about), (campaign_id, title) in told.items()
        if (kind, about) in reasons
    ]


def _mailed_since(
    moment: datetime, campaign_ids: Collection[int]
) -> Mapping[tuple[str, int], tuple[int, str]]:
    """Return what was mailed since, by kind and number: of which campaign it is, and its title."""
    notice = CorrectionNotice
    queries: list[Select[str, int, int, str]] = [
        select(literal(SEND), Update.id, Update.campaign_id, Update.title)
        .where(Update.campaign_id.in_(campaign_ids), Update.published_at > moment)
        .order_by(Update.id.desc()),
        select(literal(CORRECTION), notice.id, notice.campaign_id, Update.title)
        .join(Update, Update.id == notice.update_id)
        .where(notice.campaign_id.in_(campaign_ids), notice.queued_at > moment)
        .order_by(notice.id.desc()),
        select(literal(DIGEST), Digest.id, Digest.campaign_id, literal(""))
        .where(Digest.campaign_id.in_(campaign_ids), Digest.ends_at > moment)
        .order_by(Digest.id.desc()),
    ]
    rows = [row for query in queries for row in db.session.execute(query)]
    return {(kind, number): (campaign_id, title) for kind, number, campaign_id, title in rows}


def _of_kind(kind: str, told: Collection[tuple[str, int]]) -> ColumnElement[bool]:
    numbers = [str(number) for found, number in told if found == kind]
    return and_(Delivery.kind == kind, Delivery.about_id.in_(numbers))


def failed_because(code: str | None) -> FailedBecause:
    """Return what a relay's last reply ("550 5.1.1") says of why it refused (RFC 3463)."""
    _, _, detail = (code or "").partition(" ")
    if detail.startswith(("5.1.", "5.2.1")):
        return FailedBecause.NO_MAILBOX
    return FailedBecause.POLICY if detail.startswith("5.7.") else FailedBecause.OTHER


def _look_at_cases(
    needs: Needs, edited: Mapping[int, CampaignOverview], owned: Collection[int], now: datetime
) -> None:
    cases = open_campaigns(edited)
    asking = set(
        db.session.scalars(
            select(Petition.campaign_id).where(
                Petition.campaign_id.in_([case.id for case in cases]),
                Petition.state == PetitionState.OPEN,
            )
        )
    )
    for case in cases:
        _look_at_hearings(needs, case, now)
        standings = take_standings(case, now)
        if stale := [it for it in standings if it.stale or _untold(case, it)]:
            needs.stale.append(_stale(case, stale))
        if case.id in asking and case.id in owned and _all_free(standings):
            needs.to_close.append(edited[case.id])
    for days in (needs.past_hearings, needs.hearings):
        days.sort(key=lambda it: it.hearing.starts_at)
    needs.stale.sort(key=lambda it: -(it.days or 10_000))


def _look_at_hearings(needs: Needs, case: Campaign, now: datetime) -> None:
    """Note what is over without a word of it, and what comes from today, there, until in a week."""
    zone = ZoneInfo(case.timezone)
    for event in case.events:
        # Read, which may cost a query, only if it can be told.
        if not may_go_on(event) or event.hidden_at:
            continue
        hearing = read_hearing(event, zone, now.astimezone(zone).date())
        if hearing is None:
            continue
        day = DayInCourt(case.slug, case.title, case.timezone, hearing)
        if hearing.outcome_missing:
            needs.past_hearings.append(day)
        elif hearing.is_expected and hearing.starts_at <= now + WEEK:
            needs.hearings.append(day)


def _stale(case: Campaign, standings: Sequence[Standing]) -> StaleCase:
    ages = [it.freshness_days for it in standings]
    names = [it.detainee.name_romanised or it.detainee.name for it in standings]
    known = [age for age in ages if age is not None]
    return StaleCase(case.slug, case.title, names, max(known) if len(known) == len(ages) else None)


def _untold(case: Campaign, standing: Standing) -> bool:
    """Whether a page that can be read says nothing of somebody."""
    return case.state != CampaignState.DRAFT and standing.freshness_days is None


def _all_free(standings: Sequence[Standing]) -> bool:
    values = [it.status.custody.value for it in standings]
    return bool(values) and all(value == Custody.RELEASED for value in values)
