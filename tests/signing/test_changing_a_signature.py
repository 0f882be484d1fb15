"""A signer changes ticks, name, comment and address; what is unticked is gone at once."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import Mode
from campaigns.db import db
from campaigns.mail.models import Delivery
from campaigns.petitions.changes import ask_to_move
from campaigns.petitions.consent import CONSENT_VERSION
from campaigns.petitions.errors import TermsChanged
from campaigns.petitions.jobs import forget_requested_links
from campaigns.petitions.models import (
    AddressChange,
    HandoverNames,
    Petition,
    PublicSigner,
    Signature,
)
from campaigns.petitions.moderation import take_name_down
from campaigns.petitions.sealed import open_address, seal_address
from campaigns.updates.high_risk import switch_to_high_risk
from campaigns.updates.models import Frequency, Subscription
from campaigns.updates.operations import end_subscription
from campaigns.vault.erasures import Erased, ledger_path, read_ledger
from campaigns.vault.keyring import current_keyring, mailer_keys
from campaigns.vault.models import SealingKey
from campaigns.web.finished import expire_finished
from tests.factories import make_campaign, make_petition, make_signature, make_subscription
from tests.factories.petitions import long_ago
from tests.fixtures.auditing import AuditingClient
from tests.fixtures.mail import Mailbox, link_to
from tests.signing.own import Deliver, ask, own, read
from tests.signing.visitors import ADDRESS, count, path_of, press, sign

pytestmark = pytest.mark.usefixtures("petition", "clock")
NEW_ADDRESS = "amal.new@example.net"


def names_on(client: AuditingClient, campaign: Campaign) -> str:
    return client.get(f"/campaigns/{campaign.slug}").get_data(as_text=True)


def is_ticked(page: str, name: str) -> bool:
    return any(f'name="{name}"' in it and "checked" in it for it in page.split("<input"))


def address_of(signature: Signature, campaign: Campaign) -> str:
    db.session.refresh(signature)
    return open_address(signature.sealed_address or b"", mailer_keys(), campaign.id, signature.id)[
        0
    ]


def test_a_name_unticked_is_gone_from_the_page_at_the_next_look(
    client: AuditingClient, campaign: Campaign, petition: Petition, deliver: Deliver
) -> None:
    signature = make_signature(petition, comment="Let them go.", show_name=True)
    deliver()
    assert "Amal Signer" in names_on(client, campaign)
    answer = client.post(own(signature), data={"hand_over": "y"})
    assert answer.status_code == 303
    assert "Amal Signer" not in names_on(client, campaign)
    assert count(PublicSigner) == 0
    page = read(client, answer.headers["Location"])
    assert not is_ticked(page, "public")
    assert is_ticked(page, "hand_over")
    assert petition.tally.online == 1


def test_a_name_unticked_before_the_worker_opened_it_is_never_shown(
    client: AuditingClient, petition: Petition, deliver: Deliver
) -> None:
    signature = make_signature(petition, show_name=True)
    client.post(own(signature), data={})
    deliver()
    assert count(PublicSigner) == 0
    assert signature.sealed_public is None


def test_to_be_shown_a_name_must_be_typed_anew_for_the_server_cannot_read_it(
    client: AuditingClient, campaign: Campaign, petition: Petition, deliver: Deliver
) -> None:
    signature = make_signature(petition)
    answer = client.post(own(signature), data={"public": "y", "comment": "Let them go."})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Type your name" in page
    assert "Let them go." in page
    assert is_ticked(page, "public")
    assert not signature.show_name
    answer = client.post(own(signature), data={"public": "y", "name": "Amal the Signer"})
    assert answer.status_code == 303
    deliver()
    assert "Amal the Signer" in names_on(client, campaign)


def test_a_name_that_organisers_took_down_is_not_said_to_be_shown(
    client: AuditingClient, campaign: Campaign, petition: Petition, deliver: Deliver
) -> None:
    signature = make_signature(petition, show_name=True)
    assert is_ticked(read(client, own(signature)), "public")
    deliver()
    assert is_ticked(read(client, own(signature)), "public")
    take_name_down(campaign, signature.id)
    assert not is_ticked(read(client, own(signature)), "public")
    assert client.post(own(signature), data={"public": "y"}).status_code == 422


def test_ticks_saved_as_they_are_change_nothing(
    client: AuditingClient, campaign: Campaign, petition: Petition, deliver: Deliver
) -> None:
    signature = make_signature(petition, show_name=True)
    deliver()
    before = signature.sealed_details
    assert client.post(own(signature), data={"public": "y"}).status_code == 303
    deliver()
    assert "Amal Signer" in names_on(client, campaign)
    assert signature.sealed_details == before


def test_another_name_takes_the_place_of_the_one_that_is_shown(
    client: AuditingClient, campaign: Campaign, petition: Petition, deliver: Deliver
) -> None:
    signature = make_signature(petition, comment="Let them go.", show_name=True)
    deliver()
    db.session.scalars(select(PublicSigner)).one().comment_approved = True
    before = signature.sealed_details
    client.post(own(signature), data={"public": "y", "name": "Amal Renamed"})
    assert "Amal Signer" not in names_on(client, campaign)
    deliver()
    # For a second the page is answered from memory; nobody here waits.
    expire_finished()
    page = names_on(client, campaign)
    assert "Amal Renamed" in page
    assert "Let them go." not in page
    assert signature.sealed_details != before


def test_a_new_comment_waits_to_be_approved_like_the_first(
    client: AuditingClient, petition: Petition, deliver: Deliver
) -> None:
    signature = make_signature(petition, comment="The first", show_name=True)
    deliver()
    db.session.scalars(select(PublicSigner)).one().comment_approved = True
    client.post(
        own(signature), data={"public": "y", "name": "Amal Signer", "comment": "The second"}
    )
    deliver()
    shown = db.session.scalars(select(PublicSigner)).one()
    assert (shown.comment, shown.comment_approved) == ("The second", False)


def test_a_comment_without_a_name_asks_for_the_name(
    client: AuditingClient, petition: Petition, deliver: Deliver
) -> None:
    signature = make_signature(petition, show_name=True)
    answer = client.post(own(signature), data={"public": "y", "comment": "A second thought"})
    assert answer.status_code == 422
    assert "name and comment are sealed together" in answer.get_data(as_text=True)


def test_a_bad_name_is_named_and_nothing_typed_is_lost(
    client: AuditingClient, petition: Petition
) -> None:
    signature = make_signature(petition)
    answer = client.post(
        own(signature), data={"public": "y", "hand_over": "y", "name": "=1+1", "comment": "Kept."}
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "<title>Error:" in page
    assert "Begin your name with a letter" in page
    assert "Kept." in page
    assert is_ticked(page, "hand_over")
    assert not signature.hand_over


def test_who_agrees_anew_agrees_to_the_words_of_today(
    client: AuditingClient, petition: Petition
) -> None:
    signature = make_signature(petition, consent_version=1)
    client.post(own(signature), data={"hand_over": "y"})
    db.session.refresh(signature)
    assert signature.consent_version == CONSENT_VERSION


def test_no_list_is_offered_where_no_names_are_handed_over(
    client: AuditingClient, campaign: Campaign
) -> None:
    other = make_petition(make_campaign(), handover_names=HandoverNames.NONE)
    signature = make_signature(other)
    assert 'name="hand_over"' not in read(client, own(signature))
    client.post(own(signature), data={"hand_over": "y"})
    db.session.refresh(signature)
    assert not signature.hand_over


def test_a_campaign_of_high_risk_takes_another_name_and_no_ticks(client: AuditingClient) -> None:
    signature = make_signature(make_petition(make_campaign(mode=Mode.HIGH_RISK)), ADDRESS)
    before = signature.sealed_details
    page = read(client, own(signature))
    assert 'type="checkbox"' not in page
    assert 'name="comment"' not in page
    data = {"public": "y", "hand_over": "y", "updates": "y", "name": "Amal Renamed"}
    assert client.post(own(signature), data=data).status_code == 303
    db.session.refresh(signature)
    assert (signature.show_name, signature.hand_over, signature.updates) == (False, False, False)
    assert signature.sealed_public is None
    assert signature.sealed_details != before


def test_news_end_with_their_tick_and_begin_again_with_it(
    client: AuditingClient, petition: Petition, deliver: Deliver
) -> None:
    signature = make_signature(petition, ADDRESS, updates=True)
    deliver()
    assert count(Subscription) == 1
    client.post(own(signature), data={})
    assert count(Subscription) == 0
    deliver()
    assert count(Subscription) == 0
    client.post(own(signature), data={"updates": "y"})
    deliver()
    assert count(Subscription) == 1


def test_news_there_were_before_end_with_the_tick_too(
    client: AuditingClient, campaign: Campaign, petition: Petition, deliver: Deliver
) -> None:
    make_subscription(campaign, ADDRESS, frequency=Frequency.WEEKLY)
    make_subscription(campaign, "somebody@example.org")
    signature = make_signature(petition, ADDRESS, updates=True)
    deliver()
    client.post(own(signature), data={})
    assert count(Subscription) == 1


def test_who_left_the_news_finds_them_unticked_and_can_tick_them_again(
    client: AuditingClient, petition: Petition, deliver: Deliver
) -> None:
    signature = make_signature(petition, ADDRESS, updates=True)
    deliver()
    end_subscription(db.session.scalars(select(Subscription.id)).one())
    assert not is_ticked(read(client, own(signature)), "updates")
    client.post(own(signature), data={"updates": "y"})
    deliver()
    assert count(Subscription) == 1
    assert is_ticked(read(client, own(signature)), "updates")


def test_saving_other_things_does_not_touch_the_news(
    client: AuditingClient, petition: Petition, deliver: Deliver
) -> None:
    signature = make_signature(petition, ADDRESS, updates=True)
    deliver()
    before = db.session.scalars(select(Subscription.id)).all()
    client.post(own(signature), data={"updates": "y", "hand_over": "y"})
    deliver()
    assert db.session.scalars(select(Subscription.id)).all() == before


def test_another_address_counts_only_once_it_is_confirmed(
    client: AuditingClient,
    campaign: Campaign,
    petition: Petition,
    deliver: Deliver,
    mailbox: Mailbox,
) -> None:
    signature = make_signature(petition, ADDRESS)
    answer = client.post(f"{own(signature)}/address", data={"email": NEW_ADDRESS})
    assert answer.status_code == 303
    assert "Look into the mailbox" in read(client, answer.headers["Location"])
    assert deliver() == 1
    mail = mailbox.last(NEW_ADDRESS)
    assert campaign.title in mail.text
    assert address_of(signature, campaign) == ADDRESS
    answer = press(client, link_to(mail, "/confirm/"))
    assert answer.status_code == 303
    assert "the signature has this address now" in read(client, answer.headers["Location"])
    assert address_of(signature, campaign) == NEW_ADDRESS
    assert count(AddressChange) == 0
    assert petition.tally.online == 1
    sign(client, campaign, NEW_ADDRESS)
    assert count(Signature) == 1
    ask(client, ADDRESS)
    ask(client, NEW_ADDRESS)
    deliver()
    assert "Nothing given with it is kept here." in mailbox.last(ADDRESS).text
    assert "The links you asked for" in [it.subject for it in mailbox.mails(NEW_ADDRESS)]


def test_an_address_that_has_signed_itself_is_not_taken_and_nobody_is_told(
    client: AuditingClient,
    campaign: Campaign,
    petition: Petition,
    deliver: Deliver,
    mailbox: Mailbox,
) -> None:
    answers = []
    for mine, other in (("a@example.org", "b@example.org"), ("c@example.org", None)):
        signature = make_signature(petition, mine)
        if other:
            make_signature(petition, other)
        new = other or "d@example.org"
        asked = client.post(f"{own(signature)}/address", data={"email": new})
        deliver()
        link = link_to(mailbox.last(new), "/confirm/")
        page = read(client, path_of(link))
        done = press(client, link)
        after = read(client, done.headers["Location"])
        token = path_of(link).rpartition("/")[2]
        answers.append(
            [asked.status_code, page.replace(token, ""), done.status_code, after.replace(token, "")]
        )
        assert address_of(signature, campaign) == (mine if other else new)
    assert answers[0] == answers[1]
    assert count(Signature) == petition.tally.online == 3


def test_an_address_that_never_confirmed_its_own_signature_in_time_is_free(
    client: AuditingClient,
    campaign: Campaign,
    petition: Petition,
    deliver: Deliver,
    mailbox: Mailbox,
) -> None:
    signature = make_signature(petition, ADDRESS)
    pending = make_signature(petition, NEW_ADDRESS, confirmed=False)
    client.post(f"{own(signature)}/address", data={"email": NEW_ADDRESS})
    deliver()
    long_ago(pending)
    press(client, link_to(mailbox.last(NEW_ADDRESS), "/confirm/"))
    assert address_of(signature, campaign) == NEW_ADDRESS
    assert count(Signature) == 1


def test_looking_at_the_link_to_confirm_an_address_changes_nothing_and_it_ends_after_a_week(
    client: AuditingClient,
    campaign: Campaign,
    petition: Petition,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    signature = make_signature(petition, ADDRESS)
    client.post(f"{own(signature)}/address", data={"email": NEW_ADDRESS})
    deliver()
    path = path_of(link_to(mailbox.last(NEW_ADDRESS), "/confirm/"))
    read(client, path)
    assert address_of(signature, campaign) == ADDRESS
    clock.shift(timedelta(days=7))
    assert client.post(path).status_code == 303
    assert address_of(signature, campaign) == ADDRESS
    forget_requested_links()
    assert count(AddressChange) == 0


def test_only_the_address_asked_for_last_can_be_confirmed(
    client: AuditingClient,
    campaign: Campaign,
    petition: Petition,
    deliver: Deliver,
    mailbox: Mailbox,
) -> None:
    signature = make_signature(petition, ADDRESS)
    client.post(f"{own(signature)}/address", data={"email": "first@example.org"})
    deliver()
    client.post(f"{own(signature)}/address", data={"email": "second@example.org"})
    client.post(f"{own(signature)}/address", data={"email": NEW_ADDRESS})
    assert deliver() == 1
    client.post(path_of(link_to(mailbox.last("first@example.org"), "/confirm/")))
    assert address_of(signature, campaign) == ADDRESS
    press(client, link_to(mailbox.last(NEW_ADDRESS), "/confirm/"))
    assert address_of(signature, campaign) == NEW_ADDRESS


def test_news_follow_to_the_new_address(
    client: AuditingClient, petition: Petition, deliver: Deliver, mailbox: Mailbox
) -> None:
    signature = make_signature(petition, ADDRESS, updates=True)
    deliver()
    (before,) = db.session.scalars(select(Subscription.email_index)).all()
    client.post(f"{own(signature)}/address", data={"email": NEW_ADDRESS})
    deliver()
    press(client, link_to(mailbox.last(NEW_ADDRESS), "/confirm/"))
    deliver()
    (after,) = db.session.scalars(select(Subscription.email_index)).all()
    assert after != before


def test_high_risk_moves_by_its_slow_index_and_keeps_no_address(
    client: AuditingClient, deliver: Deliver, mailbox: Mailbox
) -> None:
    risky = make_campaign(title="Told to nobody", mode=Mode.HIGH_RISK)
    signature = make_signature(make_petition(risky), ADDRESS, sealed_address=None)
    client.post(f"{own(signature)}/address", data={"email": NEW_ADDRESS})
    deliver()
    mail = mailbox.last(NEW_ADDRESS)
    assert "Told to nobody" not in mail.text + mail.subject
    press(client, link_to(mail, "/confirm/"))
    db.session.refresh(signature)
    assert signature.sealed_address is None
    ask(client, NEW_ADDRESS)
    deliver()
    assert path_of(link_to(mailbox.last(NEW_ADDRESS), "/my-signature/")) == own(signature)


def test_a_bad_address_is_named_and_kept(client: AuditingClient, petition: Petition) -> None:
    signature = make_signature(petition, ADDRESS, hand_over=True)
    answer = client.post(f"{own(signature)}/address", data={"email": "amal at example"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Enter a mail address in the form" in page
    assert 'value="amal at example"' in page
    assert is_ticked(page, "hand_over")
    assert count(AddressChange) == 0


def test_without_a_key_nothing_changes(
    client: AuditingClient, campaign: Campaign, petition: Petition
) -> None:
    signature = make_signature(petition, ADDRESS)
    before = signature.sealed_details
    for key in db.session.scalars(select(SealingKey)).all():
        db.session.delete(key)
    db.session.commit()
    client.application.extensions["keyring"]._public.clear()
    answers = [
        client.post(own(signature), data={"public": "y", "name": "Amal Renamed"}),
        client.post(f"{own(signature)}/address", data={"email": NEW_ADDRESS}),
    ]
    assert [answer.status_code for answer in answers] == [503, 503]
    db.session.refresh(signature)
    assert (signature.show_name, signature.sealed_details) == (False, before)
    assert count(AddressChange) == count(Delivery) == 0


def test_links_mailed_to_the_address_before_are_worth_nothing(
    client: AuditingClient,
    petition: Petition,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    signature = make_signature(petition, ADDRESS)
    before = own(signature)
    clock.shift(timedelta(seconds=2))
    client.post(f"{before}/address", data={"email": NEW_ADDRESS})
    deliver()
    press(client, link_to(mailbox.last(NEW_ADDRESS), "/confirm/"))
    assert client.get(before).status_code == 410
    assert client.post(f"{before}/erasure").status_code == 410
    assert petition.tally.online == 1
    clock.shift(timedelta(seconds=2))
    assert client.get(own(signature)).status_code == 200


def test_what_is_unticked_is_written_down_so_that_no_restore_ticks_it_again(
    client: AuditingClient, petition: Petition
) -> None:
    signature = make_signature(petition, ADDRESS, show_name=True, hand_over=True)
    client.post(own(signature), data={})
    ledger = read_ledger(ledger_path())
    assert ledger[Erased.PUBLIC_PART] == ledger[Erased.HAND_OVER] == [signature.id.hex]


def test_an_address_sealed_for_a_campaign_that_is_of_high_risk_by_now_is_not_kept(
    app: Flask, campaign: Campaign, petition: Petition
) -> None:
    signature = make_signature(petition, ADDRESS)
    sealed = seal_address(
        current_keyring(),
        campaign.id,
        signature.id,
        email=NEW_ADDRESS,
        locale="en",
        high_risk=False,
    )
    switch_to_high_risk(campaign)
    with pytest.raises(TermsChanged):
        ask_to_move(signature.id, sealed)
    assert count(AddressChange) == 0
