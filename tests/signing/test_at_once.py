"""Many at the same moment: nobody is counted twice, nobody is lost."""

import contextvars
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select

from campaigns.cases.models import Campaign
from campaigns.db import db
from campaigns.mail.models import Delivery, MailboxCap
from campaigns.petitions.jobs import recount_all
from campaigns.petitions.models import NetworkCount, Petition, Signature, SignatureState, Tally
from campaigns.petitions.moderation import release_held
from campaigns.petitions.operations import recount
from campaigns.petitions.queries import goals_reached
from campaigns.updates.jobs import purge
from campaigns.updates.models import Subscription
from campaigns.vault.models import IndexKey
from campaigns.vault.tokens import TokenPurpose, make_token
from tests.factories import make_campaign, make_petition, make_signature
from tests.factories.petitions import long_ago
from tests.fixtures.auditing import AuditingClient
from tests.signing.visitors import count

pytestmark = pytest.mark.usefixtures("petition")
THREADS = 16


def at_once(app: Flask, works: Iterable[Callable[[AuditingClient], object]]) -> list[object]:
    """Have each done by a visitor of its own, sixteen at a time."""
    db.session.commit()

    def visit(work: Callable[[AuditingClient], object]) -> object:
        client = app.test_client()
        assert isinstance(client, AuditingClient)
        with app.app_context():
            return work(client)

    with ThreadPoolExecutor(THREADS) as pool:
        done = [pool.submit(contextvars.Context().run, visit, work) for work in works]
        results = [it.result() for it in done]
    db.session.rollback()
    return results


def confirming(signature: Signature) -> Callable[[AuditingClient], int]:
    path = f"/confirm/{make_token(TokenPurpose.CONFIRM_SIGNATURE, signature.id)}"
    return lambda client: client.post(path).status_code


def test_two_hundred_presses_of_one_button_count_once(app: Flask, petition: Petition) -> None:
    signature = make_signature(petition, confirmed=False)
    assert set(at_once(app, [confirming(signature)] * 200)) == {303}
    assert recount(petition.id, repair=False) == (1, 1)


def test_signers_who_confirm_at_the_same_moment_are_all_counted(
    app: Flask, petition: Petition
) -> None:
    signatures = [make_signature(petition, confirmed=False) for _ in range(60)]
    assert set(at_once(app, [confirming(it) for it in signatures])) == {303}
    assert recount(petition.id, repair=False) == (60, 60)


def test_an_address_signed_with_sixteen_times_at_once_is_one_signature_and_one_mail(
    app: Flask, campaign: Campaign
) -> None:
    slug = campaign.slug
    data = {"name": "Amal Signer", "email": "amal@example.org"}
    answers = at_once(
        app,
        [lambda client: client.post(f"/campaigns/{slug}/sign", data=data).status_code] * THREADS
        + [lambda client: client.post(f"/campaigns/{slug}/subscribe", data=data).status_code] * 4,
    )
    assert set(answers) == {303}
    assert count(Signature) == count(Subscription) == 1
    assert sorted(db.session.scalars(select(Delivery.kind))) == [
        "petition.confirm",
        "subscription.confirm",
    ]


def test_many_campaigns_at_once_send_a_mailbox_three_mails_a_day(
    app: Flask, deliver: Callable[[], int]
) -> None:
    slugs = []
    for _ in range(8):
        campaign = make_campaign()
        make_petition(campaign)
        slugs.append(campaign.slug)
    data = {"name": "Amal Signer", "email": "amal@example.org"}
    at_once(
        app,
        [
            lambda client, slug=slug: client.post(f"/campaigns/{slug}/sign", data=data)  # type: ignore[misc]
            for slug in slugs
        ],
    )
    assert count(Signature) == 8
    assert count(Delivery) == 8
    assert deliver() == db.session.scalars(select(MailboxCap.mails)).one() == 3


def test_the_first_signers_of_a_day_share_its_keys(app: Flask, campaign: Campaign) -> None:
    db.session.execute(db.delete(IndexKey).where(IndexKey.scope.startswith("20")))
    slug = campaign.slug
    answers = at_once(
        app,
        [
            lambda client, number=number: (
                client.post(  # type: ignore[misc]
                    f"/campaigns/{slug}/sign",
                    data={"name": "Amal Signer", "email": f"n{number}@example.org"},
                ).status_code
            )
            for number in range(THREADS)
        ],
    )
    assert Counter(answers) == {303: THREADS}
    assert count(Signature) == db.session.scalars(select(NetworkCount.in_hour)).one() == THREADS
    kept = db.session.scalars(select(IndexKey.purpose).where(IndexKey.scope.startswith("20")))
    assert sorted(kept) == ["mailbox-cap", "network"]


def test_deleting_what_expired_takes_nothing_that_is_signed_or_confirmed_meanwhile(
    app: Flask, petition: Petition
) -> None:
    expired = [long_ago(make_signature(petition, confirmed=False)) for _ in range(8)]
    pending = [make_signature(petition, confirmed=False) for _ in range(8)]
    slug = petition.campaign_id and db.session.get_one(Campaign, petition.campaign_id).slug
    data = {"name": "Amal Signer", "email": "again@example.org"}
    long_ago(make_signature(petition, "again@example.org", confirmed=False))
    works: list[Callable[[AuditingClient], object]] = []
    for old, new in zip(expired, pending, strict=True):
        works += [confirming(old), lambda _client: purge(), confirming(new)]
    works.insert(5, lambda client: client.post(f"/campaigns/{slug}/sign", data=data).status_code)
    answers = Counter(at_once(app, works))
    assert answers == {410: 8, None: 8, 303: 9}
    assert recount(petition.id, repair=False) == (8, 8)
    assert db.session.get_one(Tally, petition.id).online == 8
    assert count(Signature) == 9


def test_goals_that_many_reach_at_once_are_recorded_once(app: Flask) -> None:
    petition = make_petition(make_campaign(), goals=[5, 10, 20, 100])
    signatures = [make_signature(petition, confirmed=False) for _ in range(30)]
    assert set(at_once(app, [confirming(it) for it in signatures])) == {303}
    assert goals_reached(petition.id) == {5, 10, 20}
    assert db.session.get_one(Tally, petition.id).goal_due == 100


def test_a_wrong_count_is_set_right_while_people_confirm(app: Flask, petition: Petition) -> None:
    signatures = [make_signature(petition, confirmed=False) for _ in range(40)]
    petition.tally.online = 7
    works: list[Callable[[AuditingClient], object]] = [confirming(it) for it in signatures]
    works.insert(20, lambda _client: recount_all())
    at_once(app, works)
    assert recount(petition.id, repair=False) == (40, 40)


def test_held_signatures_released_by_many_at_once_count_once(
    app: Flask, petition: Petition
) -> None:
    held = [make_signature(petition, state=SignatureState.HELD, held=True) for _ in range(40)]
    pending = [make_signature(petition, confirmed=False) for _ in range(10)]

    def release(_client: AuditingClient) -> int:
        released = release_held(db.session.get_one(Petition, petition_id))
        db.session.commit()
        return released

    petition_id = petition.id
    works: list[Callable[[AuditingClient], object]] = [confirming(it) for it in pending]
    results = at_once(app, [*works[:5], *[release] * 8, *works[5:]])
    assert sum(it for it in results if isinstance(it, int) and it != 303) == len(held)
    assert recount(petition.id, repair=False) == (50, 50)
