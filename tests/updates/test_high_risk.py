"""A campaign becomes one of high risk at any time, and what could betray somebody goes at once."""

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select

from campaigns.accounts.roles import Role
from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import Mode
from campaigns.db import Base, db
from campaigns.mail.models import Delivery, DeliveryState
from campaigns.petitions.jobs import show_signers
from campaigns.petitions.models import Petition, PublicSigner, Signature, SignatureState
from campaigns.petitions.operations import recount, show_signer
from campaigns.petitions.sealed import seal_signature
from campaigns.updates import jobs
from campaigns.updates.cli import supporter
from campaigns.updates.erasure_names import erasure_name
from campaigns.updates.high_risk import switch_to_high_risk
from campaigns.updates.models import EnrolledSignature, Subscription
from campaigns.vault.erasures import Erased, ledger_path, read_ledger
from campaigns.vault.keyring import current_keyring, make_guessing_slow
from tests.accounts.factories import token_of
from tests.dashboard.desk import sign_in
from tests.factories import (
    make_campaign,
    make_organiser,
    make_petition,
    make_signature,
    make_subscription,
)
from tests.fixtures.auditing import AuditingClient
from tests.fixtures.mail import Mailbox, link_to
from tests.signing.visitors import press, sign

PATH = "/console/campaigns/free-amal/high-risk"
ADDRESS = "amal@example.org"
Deliver = Callable[[], int]


@pytest.fixture
def campaign(app: Flask) -> Campaign:
    return make_campaign("free-amal", title="Free the poets")


@pytest.fixture
def petition(campaign: Campaign) -> Petition:
    """Somebody signed and ticked everything, and another has not confirmed yet."""
    petition = make_petition(campaign)
    ticked: dict[str, Any] = {"hand_over": True, "updates": True, "country": "PK"}
    shown = make_signature(petition, ADDRESS, name="Nasreen Shown", show_name=True, **ticked)
    show_signer(
        shown.id, campaign.id, "Nasreen Shown", "Free them", sealed=shown.sealed_public or b""
    )
    make_signature(petition, show_name=True, **ticked)
    make_signature(petition, "late@example.org", show_name=True, confirmed=False, **ticked)
    make_subscription(campaign)
    make_subscription(campaign, confirmed=False)
    jobs.enrol_signers()
    db.session.commit()
    return petition


def switch(campaign: Campaign) -> None:
    switch_to_high_risk(campaign)
    db.session.commit()


def count(model: type[Base]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def signatures() -> dict[SignatureState, list[Signature]]:
    db.session.expire_all()
    rows = db.session.scalars(select(Signature)).all()
    return {state: [row for row in rows if row.state == state] for state in SignatureState}


def test_all_that_could_betray_somebody_goes_in_one_transaction(
    petition: Petition, campaign: Campaign
) -> None:
    switch(campaign)
    assert campaign.mode == Mode.HIGH_RISK
    assert count(Subscription) == count(PublicSigner) == count(EnrolledSignature) == 0
    stored = signatures()
    for row in (*stored[SignatureState.CONFIRMED], *stored[SignatureState.PENDING]):
        assert (row.show_name, row.hand_over, row.updates) == (False, False, False)
        assert (row.country, row.sealed_public) == (None, None)
    assert [row.sealed_address for row in stored[SignatureState.CONFIRMED]] == [None, None]
    assert recount(petition.id, repair=False) == (2, 2)
    assert read_ledger(ledger_path())[Erased.HIGH_RISK] == [erasure_name(campaign)]


def test_nobody_else_loses_anything(petition: Petition, campaign: Campaign) -> None:
    other = make_campaign()
    signature = make_signature(make_petition(other), show_name=True)
    show_signer(signature.id, other.id, "Zarina Other", None, sealed=signature.sealed_public or b"")
    make_subscription(other)
    db.session.commit()
    switch(campaign)
    assert signature.sealed_address is not None
    assert signature.show_name
    assert count(Subscription) == count(PublicSigner) == 1


def test_who_had_not_confirmed_still_can_by_a_mail_that_tells_nothing(
    client: AuditingClient,
    petition: Petition,
    campaign: Campaign,
    deliver: Deliver,
    mailbox: Mailbox,
) -> None:
    sign(client, campaign, "new@example.org", public="y", updates="y")
    switch(campaign)
    deliver()
    mail = mailbox.last("new@example.org")
    assert mail.subject == "Please confirm"
    assert "poets" not in (mail.text + mail.html).lower()
    press(client, link_to(mail, "/confirm/"))
    deliver()
    assert len(signatures()[SignatureState.CONFIRMED]) == 3
    assert {row.sealed_address for row in signatures()[SignatureState.CONFIRMED]} == {None}
    assert count(Subscription) == count(PublicSigner) == 0


def test_news_that_waits_is_not_sent_and_what_was_asked_for_is(
    client: AuditingClient, petition: Petition, campaign: Campaign
) -> None:
    sign(client, campaign, "new@example.org")
    for kind in ("update.send", "digest.send", "subscription.confirm"):
        db.session.add(
            Delivery(kind=kind, about_id="1", dedupe_key=kind, priority=10, campaign_id=campaign.id)
        )
    db.session.commit()
    switch(campaign)
    states = db.session.execute(select(Delivery.kind, Delivery.state)).all()
    waiting = {row[0] for row in states if row[1] == DeliveryState.QUEUED}
    assert waiting == {"petition.confirm"}


def test_who_signed_before_is_recognised_while_the_worker_is_at_it_and_afterwards(
    client: AuditingClient, petition: Petition, campaign: Campaign
) -> None:
    switch(campaign)
    assert sign(client, campaign, ADDRESS).status_code == 303
    assert count(Signature) == 3
    slow = {row.slow_index for row in signatures()[SignatureState.CONFIRMED]}
    assert slow == {True, False}
    jobs.protect_supporters()
    everybody = [row for rows in signatures().values() for row in rows]
    assert {row.slow_index for row in everybody} == {True}
    for address in (ADDRESS, "late@example.org"):
        sign(client, campaign, address)
    assert count(Signature) == 3


def test_the_worker_makes_every_index_slow_to_guess(petition: Petition, campaign: Campaign) -> None:
    before = {row.id: row.email_index for rows in signatures().values() for row in rows}
    jobs.protect_supporters()
    assert {row.id: row.email_index for rows in signatures().values() for row in rows} == before
    switch(campaign)
    jobs.protect_supporters()
    after = {row.id: row.email_index for rows in signatures().values() for row in rows}
    assert after == {row: make_guessing_slow(index) for row, index in before.items()}
    jobs.protect_supporters()
    assert {row.id: row.email_index for rows in signatures().values() for row in rows} == after


@pytest.mark.parametrize("worked", [False, True])
def test_an_address_is_erased_by_either_index(
    petition: Petition, campaign: Campaign, worked: bool
) -> None:
    switch(campaign)
    if worked:
        jobs.protect_supporters()
    CliRunner().invoke(supporter, ["erase", "free-amal"], input=f"{ADDRESS}\n")
    db.session.rollback()
    assert count(Signature) == 2
    assert recount(petition.id, repair=False) == (1, 1)


def test_what_was_given_in_the_moment_of_the_switch_goes_too(
    petition: Petition, campaign: Campaign
) -> None:
    switch(campaign)
    campaign.mode = Mode.STANDARD
    db.session.commit()
    late = make_signature(petition, show_name=True, updates=True, country="PK")
    make_subscription(campaign)
    campaign.mode = Mode.HIGH_RISK
    db.session.commit()
    show_signers()
    jobs.enrol_signers()
    assert count(PublicSigner) == 0
    jobs.protect_supporters()
    db.session.refresh(late)
    assert (late.sealed_address, late.sealed_public, late.country) == (None, None, None)
    assert (late.show_name, late.updates, late.slow_index) == (False, False, True)
    assert count(Subscription) == 0


def test_who_signed_twice_in_the_moment_of_the_switch_counts_once(
    petition: Petition, campaign: Campaign
) -> None:
    switch(campaign)
    jobs.protect_supporters()
    sealed = seal_signature(
        current_keyring(),
        campaign.id,
        email=ADDRESS,
        locale="en",
        name="Amal",
        comment="",
        show_name=False,
    )
    make_signature(petition, email_index=sealed.email_index, slow_index=False)
    jobs.protect_supporters()
    assert len(signatures()[SignatureState.CONFIRMED]) == 2
    assert recount(petition.id, repair=False) == (2, 2)


def test_an_owner_reads_what_goes_and_names_the_campaign_by_hand(
    client: AuditingClient, petition: Petition, campaign: Campaign
) -> None:
    sign_in(client, make_organiser(roles={campaign: Role.OWNER}))
    assert f'href="{PATH}"' in client.get("/console/campaigns/free-amal/signatures").text
    page = client.get(PATH)
    assert "It cannot be undone" in page.text
    form = {"csrf_token": token_of(page)}
    for slip in ("", "Free-Amal", "free"):
        answer = client.post(PATH, data=form | {"slug": slip})
        assert answer.status_code == 422
        assert "exactly as it is given" in answer.text
    db.session.expire_all()
    assert campaign.mode == Mode.STANDARD
    answer = client.post(PATH, data=form | {"slug": " free-amal "})
    assert (answer.status_code, answer.location) == (303, PATH)
    assert "for good" in client.get(PATH).text
    assert f'href="{PATH}"' not in client.get("/console/campaigns/free-amal/signatures").text
    public = client.get("/campaigns/free-amal").text
    assert "Nasreen Shown" not in public
    assert "Your address is deleted as soon as you have confirmed" in public
    assert client.post(PATH, data=form | {"slug": "free-amal"}).status_code == 303
    assert read_ledger(ledger_path())[Erased.HIGH_RISK] == [erasure_name(campaign)]


@pytest.mark.database("sqlite")  # it is about roles alone
@pytest.mark.parametrize(("role", "code"), [(Role.EDITOR, 403), (Role.VIEWER, 403), (None, 404)])
def test_nobody_but_an_owner_can_switch(
    client: AuditingClient, campaign: Campaign, role: Role | None, code: int
) -> None:
    sign_in(client, make_organiser(roles={campaign: role} if role else {}))
    assert client.get(PATH).status_code == code
    form = {"csrf_token": token_of(client.get("/console")), "slug": "free-amal"}
    assert client.post(PATH, data=form).status_code == code
    db.session.expire_all()
    assert campaign.mode == Mode.STANDARD
