"""Nobody consents for somebody else: one button confirms what both signings ticked, and says so."""

from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from sqlalchemy import inspect, select

from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import CampaignState
from campaigns.db import db
from campaigns.petitions.consent import CONSENT_VERSION, WORDINGS
from campaigns.petitions.models import Petition, PublicSigner, Signature, SignatureState, Tally
from campaigns.petitions.operations import recount
from campaigns.vault.tokens import TokenPurpose, make_token
from tests.factories import make_signature
from tests.fixtures.auditing import AuditingClient
from tests.fixtures.mail import Mailbox, link_to
from tests.signing.visitors import ADDRESS, count, path_of, press, sign

pytestmark = pytest.mark.usefixtures("petition", "clock")
Deliver = Callable[[], int]
TICKS = ("public", "hand_over", "updates")
EVERYTHING = {
    "name": "Mallory Canary",
    "comment": "Canary words",
    "country": "PK",
    **dict.fromkeys(TICKS, "y"),
}
NOTHING: dict[str, str] = {}
NOT_AT_ALL = "Nothing is made public, and your name is not handed over to anybody."


def stored() -> Signature:
    query = select(Signature).execution_options(populate_existing=True)
    return db.session.scalars(query).one()


def ticks() -> tuple[bool, bool, bool]:
    signature = stored()
    return signature.show_name, signature.hand_over, signature.updates


def link_of(signature: Signature) -> str:
    return f"/confirm/{make_token(TokenPurpose.CONFIRM_SIGNATURE, signature.id)}"


def page_of(client: AuditingClient, link: str) -> str:
    answer = client.get(path_of(link))
    assert answer.status_code == 200
    return unescape(answer.get_data(as_text=True))


def words(petition: Petition) -> dict[str, str]:
    kept = WORDINGS[CONSENT_VERSION]
    names = {"public": "show_name", "hand_over": "hand_over", "updates": "updates"}
    return {tick: kept[names[tick]].format(addressee=petition.addressee) for tick in TICKS}


@pytest.mark.parametrize("signings", [(EVERYTHING, NOTHING), (NOTHING, EVERYTHING)])
def test_ticks_of_a_stranger_are_not_confirmed_by_the_owner_of_the_address(
    client: AuditingClient,
    campaign: Campaign,
    petition: Petition,
    deliver: Deliver,
    mailbox: Mailbox,
    signings: tuple[dict[str, str], ...],
) -> None:
    for fields in signings:
        assert sign(client, campaign, **fields).status_code == 303
    deliver()
    link = link_to(mailbox.last(ADDRESS), "/confirm/")
    assert NOT_AT_ALL in page_of(client, link)
    assert press(client, link).status_code == 303
    deliver()
    signature = stored()
    assert signature.state == SignatureState.CONFIRMED
    assert ticks() == (False, False, False)
    assert (signature.sealed_public, signature.country) == (None, None)
    assert count(PublicSigner) == 0
    assert db.session.get_one(Tally, petition.id).online == 1


def test_each_tick_stays_only_if_both_signings_ticked_it(
    client: AuditingClient, campaign: Campaign
) -> None:
    for kept in TICKS:
        address = f"{kept.replace('_', '-')}@example.org"
        sign(client, campaign, address, **EVERYTHING)
        typed = {it: EVERYTHING[it] for it in ("name", "comment")}
        sign(client, campaign, address, **typed, **{kept: "y"})
    found = db.session.scalars(select(Signature)).all()
    assert {(it.show_name, it.hand_over, it.updates) for it in found} == {
        (True, False, False),
        (False, True, False),
        (False, False, True),
    }
    assert all((it.sealed_public is not None) == it.show_name for it in found)


def test_a_tick_once_dropped_does_not_come_back(client: AuditingClient, campaign: Campaign) -> None:
    for fields in (EVERYTHING, NOTHING, EVERYTHING, EVERYTHING):
        sign(client, campaign, **fields)
    assert ticks() == (False, False, False)
    assert stored().sealed_public is None


def test_whoever_signs_twice_alike_keeps_the_ticks_and_the_country(
    client: AuditingClient, campaign: Campaign
) -> None:
    sign(client, campaign, **EVERYTHING)
    public = stored().sealed_public
    sign(client, campaign, **EVERYTHING)
    assert ticks() == (True, True, True)
    assert stored().sealed_public == public is not None
    assert stored().country == "PK"


@pytest.mark.parametrize(("first", "second"), [("PK", "IR"), ("PK", ""), ("", "PK")])
def test_a_country_that_differs_is_cleared(
    client: AuditingClient, campaign: Campaign, first: str, second: str
) -> None:
    sign(client, campaign, country=first)
    sign(client, campaign, country=second)
    assert stored().country is None


@pytest.mark.parametrize("again", [EVERYTHING, NOTHING])
@pytest.mark.parametrize("ticked", [True, False])
def test_a_confirmed_signature_is_not_changed_by_another_signing(
    client: AuditingClient,
    campaign: Campaign,
    petition: Petition,
    again: dict[str, str],
    ticked: bool,
) -> None:
    signature = make_signature(petition, ADDRESS, show_name=ticked)
    signature.hand_over = signature.updates = ticked
    signature.country = "IR"
    db.session.commit()

    def row() -> dict[str, Any]:
        one = stored()
        return {it.key: getattr(one, it.key) for it in inspect(Signature).column_attrs}

    before = row()
    assert sign(client, campaign, **again).status_code == 303
    assert row() == before


@pytest.mark.parametrize("ticked", [(), *((tick,) for tick in TICKS), TICKS])
def test_the_page_with_the_button_says_what_will_be_done_with_the_name(
    client: AuditingClient, campaign: Campaign, petition: Petition, ticked: tuple[str, ...]
) -> None:
    fields = {**EVERYTHING, **dict.fromkeys(TICKS)} | dict.fromkeys(ticked, "y")
    sign(client, campaign, **fields)
    page = page_of(client, link_of(stored()))
    for tick, sentence in words(petition).items():
        assert (sentence in page) == (tick in ticked), tick
    assert (NOT_AT_ALL in page) == (not {"public", "hand_over"} & {*ticked})
    assert ("Nothing is made public." in page) == (ticked == ("hand_over",))
    assert ("Your name is not handed over" in page) == (ticked == ("public",))


def test_the_page_with_the_button_shows_nothing_that_was_typed(
    client: AuditingClient, campaign: Campaign
) -> None:
    sign(client, campaign, **EVERYTHING)
    page = page_of(client, link_of(stored()))
    for typed in ("Canary", ADDRESS):
        assert typed not in page


@pytest.mark.parametrize("state", [CampaignState.REMOVED, CampaignState.DRAFT])
@pytest.mark.parametrize("confirmed", [False, True])
def test_no_signature_is_confirmed_for_a_campaign_visitors_may_not_see(
    client: AuditingClient,
    campaign: Campaign,
    petition: Petition,
    state: CampaignState,
    confirmed: bool,
) -> None:
    signature = make_signature(petition, ADDRESS, confirmed=confirmed)
    link = link_of(signature)
    campaign.state = state
    db.session.commit()
    assert client.post(link).status_code == 410
    expected = SignatureState.CONFIRMED if confirmed else SignatureState.PENDING
    assert stored().state == expected
    assert recount(petition.id, repair=False) == (confirmed, confirmed)


@pytest.mark.parametrize("state", [CampaignState.CLOSED, CampaignState.ARCHIVED])
def test_who_signed_in_time_can_confirm_once_the_campaign_is_over(
    client: AuditingClient, campaign: Campaign, petition: Petition, state: CampaignState
) -> None:
    link = link_of(make_signature(petition, ADDRESS, confirmed=False))
    campaign.state, campaign.closed_on = state, campaign.today
    db.session.commit()
    assert press(client, link).status_code == 303
    assert recount(petition.id, repair=False) == (1, 1)


def test_no_name_but_the_owners_is_shown_or_handed_over(
    client: AuditingClient, campaign: Campaign, deliver: Deliver, mailbox: Mailbox
) -> None:
    ticks = {"public": "y", "hand_over": "y", "updates": "y"}
    sign(client, campaign, name="Mallory Rude", comment="Down with them", **ticks)
    sign(client, campaign, name="Amal Signer", **ticks)
    deliver()
    press(client, link_to(mailbox.last(), "/confirm/"))
    deliver()
    signature = db.session.scalars(select(Signature)).one()
    assert (signature.show_name, signature.hand_over, signature.updates) == (False, False, True)
    assert signature.sealed_public is signature.typed_index is None
    assert "Mallory" not in client.get(f"/campaigns/{campaign.slug}").text
