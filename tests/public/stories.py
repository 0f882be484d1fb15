"""Campaigns whose pages differ: one for each way a case can stand."""

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from html import unescape

from campaigns.cases.models import Campaign, Confirmation, Correction
from campaigns.cases.vocabulary import (
    CampaignState,
    Confidence,
    Disclosure,
    EventKind,
    HearingStatus,
    Mode,
    SourceKind,
    Stance,
)
from campaigns.db import db, utcnow
from tests.factories import (
    make_article,
    make_campaign,
    make_detainee,
    make_event,
    make_petition,
    make_update,
)

Kind = EventKind
TODAY = date(2026, 3, 1)


def of_one(slug: str, *events: tuple[Kind, str], **fields: object) -> Campaign:
    """A campaign for one person to whom these things happened."""
    campaign = make_campaign(slug, **fields)
    zarina = make_detainee(campaign, "زرینہ مثال", name_romanised="Zarina Example")
    for kind, day in events:
        make_event(campaign, kind, day, detainees=[zarina])
    make_petition(campaign, paper=12)
    return campaign


def held() -> Campaign:
    """Held for long, charged, confirmed by the family, on hunger strike, with a hearing ahead."""
    campaign = of_one(
        "held",
        (Kind.ARRESTED, "2025-01-13"),
        (Kind.CHARGED, "2025-02-01"),
        (Kind.HUNGER_STRIKE_BEGAN, "2026-02-20"),
    )
    zarina = campaign.detainees[0]
    zarina.confirmations.append(
        Confirmation(position=1, on=date(2026, 2, 27), source_kind=SourceKind.FAMILY)
    )
    starts_at = utcnow() + timedelta(days=4)
    make_event(
        campaign,
        Kind.HEARING,
        starts_at.date().isoformat(),
        detainees=[zarina],
        summary="The court hears the charge.",
        hearing_starts_at=starts_at,
        hearing_court="Sessions Court",
        hearing_status=HearingStatus.SCHEDULED,
        hearing_previous_starts_at=starts_at - timedelta(days=7),
    )
    return campaign


def disappeared() -> Campaign:
    """Taken, and nobody says where to."""
    return of_one("disappeared", (Kind.FORCIBLY_DISAPPEARED, "2025-11-05"))


def acknowledged() -> Campaign:
    """Taken, and held somewhere the authority does not tell."""
    campaign = of_one("acknowledged", (Kind.ABDUCTED, "2025-11-05"))
    make_event(
        campaign,
        Kind.CUSTODY_ACKNOWLEDGED,
        "2025-12-01",
        detainees=campaign.detainees,
        disclosure=Disclosure.WITHHELD,
    )
    return campaign


def released() -> Campaign:
    """Held for 412 days, then released."""
    return of_one("released", (Kind.ARRESTED, "2024-12-05"), (Kind.RELEASED, "2026-01-21"))


def uncharged() -> Campaign:
    """Held for weeks, and nobody says for what."""
    return of_one("uncharged", (Kind.DETAINED, "2026-02-01"))


def on_trial() -> Campaign:
    """Before a judge, in two proceedings that stand differently, and bail in a third."""
    campaign = of_one("on-trial", (Kind.REMANDED_JUDICIAL, "2025-12-05"))
    for kind, day, proceeding in (
        (Kind.CHARGED, "2025-12-20", "FIR 1/25"),
        (Kind.TRIAL_OPENED, "2026-01-15", "FIR 1/25"),
        (Kind.INVESTIGATION_OPENED, "2026-01", "FIR 2/25"),
        (Kind.BAIL_APPLIED, "2026-02-20", "FIR 3/25"),
    ):
        make_event(campaign, kind, day, detainees=campaign.detainees, proceeding=proceeding)
    return campaign


def convicted() -> Campaign:
    """Sentenced, and in a prison with a name."""
    campaign = of_one("convicted", (Kind.ARRESTED, "2025-01-01"), (Kind.CONVICTED, "2026-02-10"))
    make_event(
        campaign,
        Kind.IMPRISONED,
        "2026-02-11",
        detainees=campaign.detainees,
        place="Central Prison, Example City",
    )
    return campaign


def acquitted_and_appealed() -> Campaign:
    """Acquitted and out, but the prosecution appeals."""
    campaign = of_one(
        "appealed",
        (Kind.ARRESTED, "2025-06-01"),
        (Kind.CHARGED, "2025-06-10"),
        (Kind.ACQUITTED, "2026-01-20"),
        (Kind.RELEASED, "2026-01-21"),
    )
    make_event(
        campaign, Kind.APPEAL_FILED, "2026-02-03", detainees=campaign.detainees, by="prosecution"
    )
    return campaign


def on_bail() -> Campaign:
    """Bail granted, then executed."""
    return of_one(
        "on-bail",
        (Kind.ARRESTED, "2025-12-05"),
        (Kind.BAIL_GRANTED, "2025-12-10"),
        (Kind.RELEASED_ON_BAIL, "2025-12-14"),
    )


def bail_granted() -> Campaign:
    """Bail granted: that frees nobody."""
    return of_one("bail-granted", (Kind.ARRESTED, "2025-12-05"), (Kind.BAIL_GRANTED, "2025-12-10"))


def arrested_again() -> Campaign:
    """Released once, and held again."""
    return of_one(
        "arrested-again",
        (Kind.ARRESTED, "2025-01-01"),
        (Kind.RELEASED, "2025-01-11"),
        (Kind.ARRESTED, "2026-02-01"),
    )


def died() -> Campaign:
    """Died in custody."""
    return of_one("died", (Kind.IMPRISONED, "2025-01-01"), (Kind.DIED_IN_CUSTODY, "2025-06-01"))


def uncertain() -> Campaign:
    """Taken on one of several days; a bulletin of a release nobody confirms."""
    campaign = of_one("uncertain", (Kind.ABDUCTED, "2025-10-25/2025-10-28"))
    make_event(
        campaign,
        Kind.RELEASED,
        "2026-01",
        detainees=campaign.detainees,
        confidence=Confidence.POSSIBLE,
        summary="She was seen at home, somebody says.",
    )
    return campaign


def several() -> Campaign:
    """Seven people, four of them free."""
    campaign = make_campaign("several", title="Free the seven of Example Street")
    people = [make_detainee(campaign, f"Person {name}") for name in "ABCDEFG"]
    make_event(campaign, Kind.ARRESTED, "2025-11-01")
    make_event(campaign, Kind.RELEASED, "2025-11-08", detainees=people[:3])
    make_event(campaign, Kind.RELEASED_ON_BAIL, "2025-12-24", detainees=[people[3]])
    make_event(campaign, Kind.CONVICTED, "2026-01-07", detainees=[people[4]], proceeding="FIR 1/25")
    make_event(campaign, Kind.CHARGED, "2026-01-07", detainees=[people[4]], proceeding="FIR 2/25")
    make_petition(campaign)
    return campaign


def closed() -> Campaign:
    """Held when the campaign closed."""
    return of_one(
        "closed",
        (Kind.ARRESTED, "2025-02-11"),
        state=CampaignState.CLOSED,
        closed_on=date(2025, 3, 6),
    )


def corrected() -> Campaign:
    """An entry that was wrong and was put right, and one that sources tell differently."""
    campaign = of_one("corrected")
    reports = [make_article(campaign), make_article(campaign, title="No, on Tuesday", url=None)]
    event = make_event(
        campaign,
        Kind.ARRESTED,
        "2025-02-12",
        detainees=campaign.detainees,
        summary="Police took Zarina from her home.",
        sources=reports,
    )
    event.sources[1].stance, event.sources[1].note = Stance.CONTRADICTS, "It says 11 February."
    event.corrections.append(
        Correction(
            position=1,
            on=date(2025, 2, 20),
            note="The neighbour remembered the day.",
            was={"date": "2025-02-11", "summary": "Police took Zarina from work."},
        )
    )
    make_event(
        campaign,
        Kind.PETITION_HANDOVER,
        "2025-04-01",
        handover_count=640,
        handover_to="the High Commission",
        handover_reply="They took note of it.",
    )
    make_update(campaign)
    db.session.commit()
    return campaign


def high_risk() -> Campaign:
    """Signing it could harm: nothing but what must be is asked."""
    return of_one("high-risk", (Kind.ARRESTED, "2025-02-12"), mode=Mode.HIGH_RISK)


def bare() -> Campaign:
    """Nothing but a title: no detainee, no entry, no petition."""
    return make_campaign("bare", summary="", body="", demand="")


STORIES: Mapping[str, Callable[[], Campaign]] = {
    story.__name__: story
    for story in (
        held,
        disappeared,
        acknowledged,
        released,
        uncharged,
        on_trial,
        convicted,
        acquitted_and_appealed,
        on_bail,
        bail_granted,
        arrested_again,
        died,
        uncertain,
        several,
        closed,
        corrected,
        high_risk,
        bare,
    )
}


def words(html: str) -> str:
    """What can be read of a page."""
    main = html.split("<main ", 1)[-1].split(">", 1)[-1].split("</main>", 1)[0]
    without = re.sub(r"<(svg|select)\b.*?</\1>", " ", main, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", without)).split()).replace(" .", ".")
