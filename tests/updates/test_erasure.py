"""All that a campaign keeps about an address can be erased, and the count follows."""

from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select

from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import Mode
from campaigns.db import db
from campaigns.mail.models import Delivery, DeliveryState
from campaigns.petitions.models import Signature, Tally
from campaigns.updates.cli import supporter
from campaigns.updates.models import Subscription
from tests.factories import make_campaign, make_petition, make_signature, make_subscription

ADDRESS = "amal.example@gmail.com"
SPELLED_ANEW = "  Amalexample+petition@GoogleMail.com "


def erase(slug: str, address: str) -> str:
    result = CliRunner().invoke(supporter, ["erase", slug], input=address + "\n")
    db.session.rollback()
    return result.output + (result.stderr or "")


def count(model: type[Signature] | type[Subscription]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_signature_and_subscription_go_and_the_count_follows(app: Flask) -> None:
    campaign = make_campaign("free-amal")
    petition = make_petition(campaign)
    make_signature(petition, ADDRESS)
    make_signature(petition)
    make_subscription(campaign, ADDRESS)
    make_subscription(campaign)
    assert "Erased." in erase("free-amal", SPELLED_ANEW)
    assert (count(Signature), count(Subscription)) == (1, 1)
    assert db.session.scalars(select(Tally.online)).one() == 1


def test_a_pending_signature_goes_without_a_change_of_the_count(app: Flask) -> None:
    petition = make_petition(make_campaign("free-amal"))
    make_signature(petition)
    make_signature(petition, ADDRESS, confirmed=False)
    erase("free-amal", ADDRESS)
    assert count(Signature) == 1
    assert db.session.scalars(select(Tally.online)).one() == 1


def test_mail_that_waits_for_somebody_erased_is_not_sent(app: Flask) -> None:
    campaign = make_campaign("free-amal")
    subscription = make_subscription(campaign, ADDRESS)
    db.session.add(
        Delivery(
            kind="update.send",
            about_id="1",
            recipient_id=subscription.id.hex,
            dedupe_key="waiting",
            priority=10,
        )
    )
    db.session.commit()
    erase("free-amal", ADDRESS)
    assert db.session.scalars(select(Delivery.state)).all() == [DeliveryState.CANCELLED]


def test_the_answer_does_not_tell_whether_somebody_signed(app: Flask) -> None:
    petition = make_petition(make_campaign("free-amal"))
    make_signature(petition, ADDRESS)
    assert erase("free-amal", ADDRESS) == erase("free-amal", ADDRESS)


def test_only_the_campaign_named_forgets(app: Flask) -> None:
    petitions = [make_petition(make_campaign(slug)) for slug in ("free-amal", "free-bilal")]
    for petition in petitions:
        make_signature(petition, ADDRESS)
    erase("free-amal", ADDRESS)
    assert list(db.session.scalars(select(Signature.petition_id))) == [petitions[1].id]


def test_a_campaign_that_does_not_exist_is_named(app: Flask) -> None:
    assert "There is no campaign “nowhere”." in erase("nowhere", ADDRESS)


def test_a_high_risk_campaign_finds_its_slow_index_too(app: Flask) -> None:
    campaign: Campaign = make_campaign("free-amal", mode=Mode.HIGH_RISK)
    petition = make_petition(campaign)
    make_signature(petition, ADDRESS)
    erase("free-amal", ADDRESS)
    assert count(Signature) == 0
