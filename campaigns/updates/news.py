"""How news read as a mail: the words, in each way subscribers can have them."""

from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import url_for
from flask_babel import gettext as _
from flask_mail import Message
from markupsafe import Markup

from campaigns.cases.dates import PartialDate
from campaigns.cases.facts import earlier_date
from campaigns.cases.models import Campaign, Event
from campaigns.config import current_settings
from campaigns.db import db
from campaigns.mail.messages import (
    MailingList,
    RenderedMail,
    build_message,
    never_mail_url,
    render_mail,
    thread_id,
)
from campaigns.updates.correction_queries import mailed_corrections
from campaigns.updates.models import Update
from campaigns.updates.numbers import LivingNumbers, put_in
from campaigns.web.plain_text import markdown_as_text
from campaigns.web.text import render_markdown


@dataclass(frozen=True, slots=True)
class News:
    """What one mail tells: an update, the updates of a digest, or that there will be no more."""

    campaign_id: int
    updates: tuple[Update, ...]
    deleted_on: date | None = None
    # When all that is kept of an archived campaign's supporters goes.
    wrong: "Wrong | None" = None
    # Why the one update it tells of is not right, when that is what it tells.

    @property
    def template(self) -> str:
        """The mail it is written as."""
        if self.wrong:
            return "updates/correction"
        return "updates/farewell" if self.deleted_on else "updates/send"


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is told to those who were mailed an update that was not right."""

    note: str
    retracted: bool
    now: str = ""
    on: PartialDate | None = None
    # How its entry reads since, and of which date; nothing when it was retracted.


@dataclass(frozen=True, slots=True)
class Way:
    """What mails to many differ in beside the blanks: each way is written once."""

    locale: str
    plain_text: bool
    discreet: bool
    updates: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Links:
    """The tokens of the links in the foot of a mail, or what stands for them."""

    leave: str
    choose: str
    never: str


@dataclass(frozen=True, slots=True)
class Told:
    """An update as it stands in a mail, in one language."""

    title: str
    text: str
    html: Markup
    # Both empty when they would only say the title again.
    url: str
    corrections: tuple[str, ...]
    # The notes of those made since, but before this mail.
    earlier: PartialDate | None
    # When it happened, where that was days before it was told.


def tell(update: Update, campaign: Campaign, locale: str, numbers: LivingNumbers | None) -> Told:
    """Return an update in one language, with its living numbers; call it inside `writing_in`."""
    words = update.translations.get(locale, {})
    title, text = words.get("title", update.title), words.get("text", update.text)
    if numbers:
        title, text = (put_in(it, numbers, locale) for it in (title, text))
    more = "" if text == title else text
    event = db.session.get(Event, update.event_id) if update.event_id else None
    zone = ZoneInfo(campaign.timezone)
    return Told(
        title=title,
        text=markdown_as_text(more),
        html=render_markdown(more),
        corrections=tuple(it.note for it in mailed_corrections(update)),
        earlier=earlier_date(event, update.appears_at, zone) if event else None,
        url=url_for("public.update", slug=campaign.slug, update_id=update.id, _external=True),
    )


def title_in(campaign: Campaign, locale: str) -> str:
    """Return a campaign's title in a language, or as it was written."""
    title: str = campaign.translations.get(locale, {}).get("title", campaign.title)
    return title


def render_news(
    news: News, campaign: Campaign, way: Way, links: Links, numbers: LivingNumbers | None
) -> RenderedMail:
    """Render the mail that tells of these updates; call it inside `writing_in`."""
    rendered = render_mail(
        news.template,
        wrong=news.wrong,
        campaign_title=title_in(campaign, way.locale),
        deleted_on=news.deleted_on,
        discreet=way.discreet,
        news=[
            tell(update, campaign, way.locale, numbers)
            for update in news.updates
            if update.id in way.updates
        ],
        campaign_url=url_for("public.campaign", slug=campaign.slug, _external=True),
        leave_url=url_for("updates.unsubscribe", token=links.leave, _external=True),
        choose_url=url_for("preferences.show", token=links.choose, _external=True),
        never_url=never_mail_url(links.never),
        run_by=campaign.run_by_name,
    )
    return replace(rendered, html="") if way.plain_text else rendered


def build_news(
    rendered: RenderedMail,
    campaign: Campaign,
    way: Way,
    links: Links,
    *,
    recipient: str,
    message_id: str,
) -> Message:
    """Build the message that carries rendered news as one of the campaign's mailing list.

    Call it inside `writing_in`. Raises AddressUnusable.
    """
    settings = current_settings()
    host = urlsplit(settings.base_url or "").hostname or "localhost"
    return build_message(
        rendered,
        recipient=recipient,
        message_id=message_id,
        sender_name=settings.site_name if way.discreet else campaign.run_by_name,
        reply_to=campaign.run_by_contact,
        mailing_list=MailingList(
            name=settings.site_name if way.discreet else title_in(campaign, way.locale),
            list_id=f"{campaign.slug}.{host}",
            unsubscribe_url=url_for("updates.unsubscribe", token=links.leave, _external=True),
            archive_url=url_for("public.updates", slug=campaign.slug, _external=True),
            thread=thread_id(campaign.id),
            unsubscribe_mailbox=campaign.run_by_contact,
        ),
    )


def marked_as_test(rendered: RenderedMail) -> RenderedMail:
    """Return a mail whose subject says that it is a test."""
    return replace(rendered, subject=_("TEST: %(subject)s", subject=rendered.subject))
