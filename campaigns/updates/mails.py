"""How this room's mails are composed: by the worker, which alone can open addresses."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import url_for
from sqlalchemy import Row, select

from campaigns.cases.models import Campaign
from campaigns.cases.queries import is_public
from campaigns.db import db
from campaigns.mail.claims import ClaimedDelivery
from campaigns.mail.composing import Batch, Letter, Withheld, letter, one_by_one, register_composer
from campaigns.mail.headers import AddressUnusable, wire_address
from campaigns.mail.messages import (
    build_message,
    never_mail_token,
    never_mail_url,
    render_mail,
    writing_in,
)
from campaigns.mail.stencils import MESSAGE_ID, RECIPIENT, Blank, Stencil, filler
from campaigns.petitions.mails import still_requested
from campaigns.petitions.models import LinkRequest
from campaigns.petitions.sealed import open_request
from campaigns.retention import SUPPORTERS_KEPT
from campaigns.updates.correction_queries import mailed_corrections, token_of
from campaigns.updates.living import numbers_for
from campaigns.updates.models import (
    CORRECTION,
    DIGEST,
    FAREWELL,
    SEND,
    TEST,
    Digest,
    Subscription,
    SubscriptionState,
)
from campaigns.updates.news import (
    Links,
    News,
    Way,
    build_news,
    marked_as_test,
    render_news,
    title_in,
)
from campaigns.updates.numbers import LivingNumbers
from campaigns.updates.queries import (
    confirmed_among,
    farewells_to_send,
    subscriptions_in,
    subscriptions_of,
    updates_in,
    updates_to_tell,
    which_digests_to_tell,
    which_to_tell,
)
from campaigns.updates.run_queries import find_test_mail
from campaigns.updates.sealed import open_subscriber, open_test_address, subscription_index
from campaigns.vault.errors import CannotOpen, KeyMissing
from campaigns.vault.keyring import current_keyring, mailer_keys
from campaigns.vault.tokens import INDEX_TOKEN_LENGTH, TOKEN_LENGTH, TokenPurpose, make_token

CONFIRM = "subscription.confirm"
REPEAT = "subscription.repeat"
PREFERENCES = "subscription.preferences"
ABOUT_SUBSCRIPTIONS = (CONFIRM, REPEAT)
KINDS = (*ABOUT_SUBSCRIPTIONS, SEND, TEST, DIGEST, FAREWELL, CORRECTION)
# By which a mail to many differs: the first stands once in List-Unsubscribe, and all in each body.
LEAVE, CHOOSE = filler("leave", TOKEN_LENGTH), filler("choose", TOKEN_LENGTH)
NEVER = filler("never", INDEX_TOKEN_LENGTH)
BLANKS = Links(leave=LEAVE, choose=CHOOSE, never=NEVER)


@dataclass(frozen=True, slots=True)
class Recipient:
    """A subscriber as the worker sees one while composing."""

    address: str
    locale: str


def register_mails() -> None:
    """Say how mails to subscribers are made."""
    register_composer(CONFIRM, compose=one_by_one(_confirm), still_wanted=_still_pending)
    register_composer(REPEAT, compose=one_by_one(_repeat), still_wanted=_still_confirmed)
    register_composer(SEND, compose=_send, still_wanted=_still_true)
    register_composer(TEST, compose=one_by_one(_test), still_wanted=_still_to_test)
    register_composer(DIGEST, compose=_send_digest, still_wanted=_still_public)
    register_composer(FAREWELL, compose=_send_farewell, still_wanted=_still_archived)
    register_composer(PREFERENCES, compose=one_by_one(_preferences), still_wanted=still_requested)


def _confirm(claim: ClaimedDelivery) -> Letter | Withheld | None:
    return _compose(claim, "updates/confirm", SubscriptionState.PENDING)


def _repeat(claim: ClaimedDelivery) -> Letter | Withheld | None:
    return _compose(claim, "updates/repeat", SubscriptionState.CONFIRMED)


def _compose(
    claim: ClaimedDelivery, template: str, state: SubscriptionState
) -> Letter | Withheld | None:
    row = db.session.execute(
        select(Subscription, Campaign)
        .join(Campaign, Campaign.id == Subscription.campaign_id)
        .where(Subscription.id == UUID(claim.about_id), Subscription.state == state)
    ).one_or_none()
    if row is None:
        return None
    subscription, campaign = row
    if not is_public(campaign):
        return None
    try:
        recipient = _recipient(subscription, mailer_keys())
        with writing_in(recipient.locale):
            rendered = render_mail(
                template,
                title=title_in(campaign, recipient.locale),
                confirm_url=_url("signing.confirm", TokenPurpose.CONFIRM_SUBSCRIPTION, row[0]),
                leave_url=_url("updates.unsubscribe", TokenPurpose.UNSUBSCRIBE, row[0]),
                never_url=never_mail_url(never_mail_token(recipient.address)),
                campaign_url=url_for("public.campaign", slug=campaign.slug, _external=True),
            )
            message = build_message(
                rendered,
                recipient=recipient.address,
                message_id=claim.message_id,
                reply_to=campaign.run_by_contact,
            )
        return letter(claim, recipient.address, message)
    except (CannotOpen, AddressUnusable):
        return Withheld(claim.id)


def _preferences(claim: ClaimedDelivery) -> Letter | Withheld | None:
    """Write to an address that was typed which news it gets, or that it gets none.

    Both come as mails from outside look alike: who watches a mailbox learns nothing by asking.
    """
    request = db.session.get(LinkRequest, UUID(claim.about_id))
    if request is None:
        return None
    try:
        address, locale = open_request(request.sealed_address, mailer_keys(), request.id)
        with writing_in(locale):
            rendered = render_mail(
                "updates/preferences",
                links=[
                    (
                        title_in(campaign, locale),
                        _url("preferences.show", TokenPurpose.PREFERENCES, subscription),
                    )
                    for subscription, campaign in subscriptions_of(_index_of(address))
                    if is_public(campaign)
                ],
                never_url=never_mail_url(never_mail_token(address)),
            )
            message = build_message(rendered, recipient=address, message_id=claim.message_id)
        return letter(claim, address, message)
    except (CannotOpen, AddressUnusable):
        return Withheld(claim.id)


def _index_of(address: str) -> Callable[[int], bytes | None]:
    def index_of(campaign_id: int) -> bytes | None:
        # The index of a campaign that is over was destroyed with what it indexed.
        with suppress(KeyMissing):
            return subscription_index(current_keyring(), campaign_id, address)
        return None

    return index_of


def _url(endpoint: str, purpose: TokenPurpose, subscription: Subscription) -> str:
    return url_for(endpoint, token=make_token(purpose, subscription.id), _external=True)


def _send(batch: Batch) -> Iterable[Letter | Withheld]:
    """Write an update once in each language, then fill in each subscriber's address and link."""
    subjects = by_subject(batch)
    updates = updates_to_tell(subjects)
    for update_id, claims in subjects.items():
        if update := updates.get(update_id):
            news = News(update.campaign_id, (update,))
            yield from send_news(news, claims, version=update.version)


def _test(claim: ClaimedDelivery) -> Letter | Withheld | None:
    """Write an update to an address an organiser typed, as its subscribers will get it.

    The links to leave are whole, but nobody's; the one against all mail from here is real.
    """
    if (row := find_test_mail(UUID(claim.about_id))) is None:
        return None
    test, update = row
    campaign = db.session.get_one(Campaign, update.campaign_id)
    try:
        address, locale = open_test_address(
            test.sealed_address, mailer_keys(), campaign.id, test.id
        )
        links = Links(
            leave=make_token(TokenPurpose.UNSUBSCRIBE, test.id),
            choose=make_token(TokenPurpose.PREFERENCES, test.id),
            never=never_mail_token(address),
        )
        news = News(campaign.id, (update,))
        way = Way(locale, plain_text=False, discreet=False, updates=(update.id,))
        numbers = numbers_for(campaign.id, news.updates)
        with writing_in(locale):
            rendered = marked_as_test(render_news(news, campaign, way, links, numbers))
            message = build_news(
                rendered, campaign, way, links, recipient=address, message_id=claim.message_id
            )
        return letter(claim, address, message)
    except (CannotOpen, AddressUnusable):
        return Withheld(claim.id)


def _send_digest(batch: Batch) -> Iterable[Letter | Withheld]:
    """Write a digest once in each language, then fill in each subscriber's address and link."""
    for digest_id, claims in by_subject(batch).items():
        if digest := db.session.get(Digest, digest_id):
            news = News(digest.campaign_id, tuple(updates_in(digest)))
            yield from send_news(news, claims, until=digest.ends_at)


def _send_farewell(batch: Batch) -> Iterable[Letter | Withheld]:
    """Tell once in each language when all is deleted, then fill in addresses and links."""
    subjects = by_subject(batch)
    for farewell_id, farewell in farewells_to_send(subjects).items():
        campaign = db.session.get_one(Campaign, farewell.campaign_id)
        last = (farewell.archived_at + SUPPORTERS_KEPT).astimezone(ZoneInfo(campaign.timezone))
        news = News(campaign.id, (), deleted_on=last.date())
        yield from send_news(news, subjects[farewell_id])


def by_subject(batch: Batch) -> Mapping[int, Sequence[ClaimedDelivery]]:
    """Return the deliveries of a batch by the row they are about."""
    subjects: dict[int, list[ClaimedDelivery]] = defaultdict(list)
    for claim in batch:
        subjects[int(claim.about_id)].append(claim)
    return subjects


def send_news(
    news: News,
    claims: Sequence[ClaimedDelivery],
    *,
    until: datetime | None = None,
    version: int | None = None,
) -> Iterable[Letter | Withheld]:
    """Write news once in each way it is read, then fill in each subscriber's address and links.

    `until` is the end of a digest's window.
    """
    campaign = db.session.get_one(Campaign, news.campaign_id)
    if not (news.updates or news.deleted_on) or not is_public(campaign):
        return
    subscriptions = {
        subscription.id.hex: subscription
        for subscription in confirmed_among([UUID(claim.recipient_id) for claim in claims])
    }
    keys, numbers = mailer_keys(), numbers_for(campaign.id, news.updates)
    stencils: dict[Way, tuple[Stencil, str | None]] = {}
    for claim in claims:
        if (subscription := subscriptions.get(claim.recipient_id or "")) is None:
            continue
        try:
            recipient = _recipient(subscription, keys)
            way = _way(news, subscription, recipient.locale, until)
            if not (way.updates or news.deleted_on):
                continue
            if way not in stencils:
                stencil = _stencil(news, campaign, way, numbers)
                stencils[way] = (stencil, _contents(news, way))
            stencil, contents = stencils[way]
            payload = stencil.fill(
                {
                    RECIPIENT.name: wire_address(recipient.address),
                    MESSAGE_ID.name: claim.message_id,
                    "leave": make_token(TokenPurpose.UNSUBSCRIBE, subscription.id),
                    "choose": make_token(TokenPurpose.PREFERENCES, subscription.id),
                    "never": never_mail_token(recipient.address),
                }
            )
            yield letter(claim, recipient.address, payload, version, contents)
        except (CannotOpen, AddressUnusable):
            yield Withheld(claim.id)


def _contents(news: News, way: Way) -> str | None:
    """Return which updates a mail tells, and which of their corrections."""
    if news.wrong or not way.updates:
        return None
    told = [update for update in news.updates if update.id in way.updates]
    tokens = [
        token
        for update in told
        for token in (
            token_of(update.id),
            *(token_of(update.id, it.position) for it in mailed_corrections(update)),
        )
    ]
    return "".join(tokens)


def _way(
    news: News, subscription: Row[*tuple[Any, ...]], locale: str, until: datetime | None
) -> Way:
    """Leave out of a digest what came before its frequency was chosen, or while they had paused."""
    chosen, paused = subscription.frequency_since, subscription.paused_until
    begins = [it for it in (chosen, paused) if it and until and it < until]
    return Way(
        locale=locale,
        plain_text=subscription.plain_text,
        discreet=subscription.discreet,
        updates=tuple(
            update.id for update in news.updates if not begins or update.appears_at > max(begins)
        ),
    )


def _stencil(news: News, campaign: Campaign, way: Way, numbers: LivingNumbers | None) -> Stencil:
    """Write the mail that tells of these updates, with blanks for what differs by recipient."""
    with writing_in(way.locale):
        message = build_news(
            render_news(news, campaign, way, BLANKS, numbers),
            campaign,
            way,
            BLANKS,
            recipient=RECIPIENT.text,
            message_id=MESSAGE_ID.text,
        )
    return Stencil(message.as_bytes(), (RECIPIENT, MESSAGE_ID, *_links_in(way)))


def _links_in(way: Way) -> tuple[Blank, ...]:
    bodies = 1 if way.plain_text else 2
    return (
        Blank("leave", LEAVE, in_headers=1, in_bodies=bodies),
        Blank("choose", CHOOSE, in_headers=0, in_bodies=bodies),
        Blank("never", NEVER, in_headers=0, in_bodies=bodies),
    )


def _recipient(
    subscription: Subscription | Row[*tuple[Any, ...]], keys: Mapping[bytes, bytes]
) -> Recipient:
    address, locale = open_subscriber(
        subscription.sealed_address,
        keys,
        subscription.campaign_id,
        subscription.id,
        subscription.sealed_locale,
    )
    return Recipient(address, locale)


def _still_pending(batch: Batch) -> set[int]:
    return _those_in(batch, SubscriptionState.PENDING)


def _still_confirmed(batch: Batch) -> set[int]:
    return _those_in(batch, SubscriptionState.CONFIRMED)


def still_subscribed(batch: Batch) -> set[int]:
    """Return which of a batch's deliveries go to somebody who still subscribes."""
    return _those_in(batch, SubscriptionState.CONFIRMED, of_recipient=True)


def _still_true(batch: Batch) -> set[int]:
    """Return who is still subscribed to news that was not struck through since it was written."""
    updates = which_to_tell(int(claim.about_id) for claim in batch)
    return still_subscribed([claim for claim in batch if int(claim.about_id) in updates])


def _still_public(batch: Batch) -> set[int]:
    digests = which_digests_to_tell(int(claim.about_id) for claim in batch)
    return still_subscribed([claim for claim in batch if int(claim.about_id) in digests])


def _still_to_test(batch: Batch) -> set[int]:
    return {claim.id for claim in batch if find_test_mail(UUID(claim.about_id))}


def _still_archived(batch: Batch) -> set[int]:
    farewells = farewells_to_send(int(claim.about_id) for claim in batch)
    return still_subscribed([claim for claim in batch if int(claim.about_id) in farewells])


def _those_in(batch: Batch, state: SubscriptionState, *, of_recipient: bool = False) -> set[int]:
    wanted = {
        claim.id: UUID(claim.recipient_id if of_recipient else claim.about_id) for claim in batch
    }
    found = subscriptions_in(set(wanted.values()), state)
    return {delivery for delivery, subscription in wanted.items() if subscription in found}
