"""Writing to subscribers: drafts, languages, preview, a test, and when it goes out."""

from collections.abc import Sequence
from uuid import uuid4
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from campaigns.accounts.access import audit, current_organiser
from campaigns.accounts.actions import Action
from campaigns.accounts.queries import organiser_may
from campaigns.accounts.roles import Role
from campaigns.cases.access import entrusted_campaign
from campaigns.cases.errors import HiddenName
from campaigns.cases.models import Campaign
from campaigns.cases.queries import hidden_names
from campaigns.config import current_settings
from campaigns.dashboard.news_forms import LATER, NewsForm, SendForm, TestForm, TranslatedNewsForm
from campaigns.dashboard.run_words import describe_run, state_in_words
from campaigns.dashboard.together import EditForm, changed
from campaigns.db import db, utcnow
from campaigns.mail.messages import writing_in
from campaigns.updates.drafts import (
    EDITABLE,
    draft_update,
    edit_update,
    schedule_update,
    send_test,
)
from campaigns.updates.errors import (
    CampaignNotPublic,
    NotThatWay,
    Overtaken,
    TimePast,
    TooManyTests,
    UpdateOver,
)
from campaigns.updates.living import numbers_for
from campaigns.updates.models import Frequency, Update
from campaigns.updates.news import Links, News, Way, render_news, tell, title_in
from campaigns.updates.progress import progress_of_all
from campaigns.updates.queries import find_update
from campaigns.updates.run_queries import audience_sizes, lock_update, updates_of
from campaigns.updates.sealed import seal_test_address
from campaigns.vault.keyring import current_keyring
from campaigns.web.arrivals import note_arrival
from campaigns.web.fields import choices_of
from campaigns.web.finished import expire_finished
from campaigns.web.languages import language_in_words

bp = Blueprint("news", __name__, url_prefix="/console/campaigns/<slug>/updates")
# What stands for a subscriber's own links in a preview.
NOBODYS = Links(leave="example", choose="example", never="example")


@bp.get("")
def listed(slug: str) -> str:
    """Every update of a campaign: drafts, those that wait, run or have been sent."""
    campaign = entrusted_campaign(slug, Role.VIEWER)
    updates = updates_of(campaign.id)
    progress = progress_of_all(updates, utcnow())
    return render_template(
        "dashboard/news_list.html",
        campaign=campaign,
        zone=ZoneInfo(campaign.timezone),
        rows=[(it, progress[it.id], state_in_words(it, progress[it.id])) for it in updates],
        editor=_may(campaign, Role.EDITOR),
    )


@bp.get("/new")
def new(slug: str) -> str:
    """A form for news, which are a draft at first."""
    campaign = entrusted_campaign(slug, Role.EDITOR)
    return _form_page(campaign, NewsForm(formdata=None))


@bp.post("/new")
def submit_new(slug: str) -> Response | tuple[str, int]:
    """Keep news as a draft."""
    campaign = entrusted_campaign(slug, Role.EDITOR)
    form = NewsForm()
    form.hidden_names = hidden_names(campaign)
    if not form.validate():
        return _form_page(campaign, form), 422
    draft = draft_update(
        campaign, title=form.title.data, text=form.text.data, token=form.token.data
    )
    if draft.campaign_id != campaign.id:
        abort(404)
    audit(Action.UPDATE_DRAFTED, campaign.id, about=f"update:{draft.id}")
    db.session.commit()
    note_arrival(form.token.data)
    flash(_("Kept as a draft: only organisers see it. Look at it, then send it."))
    return redirect(url_for("news.show", slug=slug, update_id=draft.id), 303)


@bp.get("/<int:update_id>")
def show(slug: str, update_id: int) -> str:
    """An update: how far it has come, and what can be done with it."""
    return update_page(*entrusted_update(slug, update_id, Role.VIEWER))


@bp.get("/<int:update_id>/edit")
@bp.get("/<int:update_id>/edit/<code>")
def edit(slug: str, update_id: int, code: str | None = None) -> str:
    """The texts of an update in one language, to be changed."""
    campaign, update = entrusted_update(slug, update_id, Role.EDITOR)
    code = _other_language(campaign, update, code)
    content = _content(update, code)
    form = _edit_form(campaign, code, content)
    form.open_on(content)
    return _form_page(campaign, form, update, code)


@bp.post("/<int:update_id>/edit")
@bp.post("/<int:update_id>/edit/<code>")
def submit_edit(slug: str, update_id: int, code: str | None = None) -> Response | tuple[str, int]:
    """Save the texts of an update, unless somebody else saved them meanwhile."""
    campaign, update = entrusted_update(slug, update_id, Role.EDITOR)
    code = _other_language(campaign, update, code)
    lock_update(update)
    form = _edit_form(campaign, code)
    if not form.validate():
        return _form_page(campaign, form, update, code), 422
    before, held = _content(update, code), update.published_at is None and update.overtaken_by_id
    fields = changed(before, form.content())
    if fields and not form.knows(before):
        return _conflict_page(campaign, form, update, code), 409
    if fields and not _written(campaign, update, code, form):
        return _form_page(campaign, form, update, code), 422
    if fields:
        about = f"update:{update_id}" + (f":{code}" if code else "")
        audit(Action.UPDATE_EDITED, campaign.id, about=about, fields=fields)
        db.session.commit()
        expire_finished()
    note_arrival(form.token.data)
    flash(_("Saved. It is a draft again: send it.") if fields and held else _("Saved."))
    return redirect(url_for("news.show", slug=slug, update_id=update_id), 303)


@bp.get("/<int:update_id>/preview/<code>")
def preview(slug: str, update_id: int, code: str) -> str:
    """An update in one language: as a mail, as its plain text, and as a short message to copy."""
    campaign, update = entrusted_update(slug, update_id, Role.VIEWER)
    if code not in _languages(campaign, update):
        abort(404)
    news, way = News(campaign.id, (update,)), Way(code, False, False, (update.id,))
    numbers = numbers_for(campaign.id, (update,))
    with writing_in(code):
        mail = render_news(news, campaign, way, NOBODYS, numbers)
        told = tell(update, campaign, code, numbers)
    return render_template(
        "dashboard/news_preview.html",
        campaign=campaign,
        update=update,
        code=code,
        language=language_in_words(code),
        mail=mail,
        told=told,
        message=f"{title_in(campaign, code)}: {told.title}\n{told.url}",
    )


@bp.post("/<int:update_id>/test")
def submit_test(slug: str, update_id: int) -> Response | tuple[str, int]:
    """Mail an update to one address, which is not kept."""
    campaign, update = entrusted_update(slug, update_id, Role.EDITOR)
    form = _test_form(campaign, update)
    if not form.validate():
        return update_page(campaign, update, test=form), 422
    row, address, language = uuid4(), form.email.data, form.language.data
    sealed = seal_test_address(current_keyring(), campaign.id, row, email=address, locale=language)
    try:
        send_test(campaign, update, row, sealed)
    except NotThatWay:
        abort(404)
    except TooManyTests:
        form.form_errors.append(_("Ten tests within an hour are the most: wait a while."))
        return update_page(campaign, update, test=form), 422
    audit(Action.UPDATE_TESTED, campaign.id, about=f"update:{update_id}")
    db.session.commit()
    flash(_("The test is on its way. The address is forgotten once it has left."))
    return redirect(url_for("news.show", slug=slug, update_id=update_id), 303)


@bp.post("/<int:update_id>/send")
def submit_send(slug: str, update_id: int) -> Response | tuple[str, int]:
    """Let an update go out in ten minutes, or at a time of the campaign's zone."""
    campaign, update = entrusted_update(slug, update_id, Role.EDITOR)
    form = SendForm()
    form.at.zone = ZoneInfo(campaign.timezone)
    if not form.validate() or not _scheduled(campaign, update, form):
        return update_page(campaign, update, send=form), 422
    audit(Action.UPDATE_SCHEDULED, campaign.id, about=f"update:{update_id}")
    db.session.commit()
    expire_finished()
    flash(_("It goes out by itself. Until then you can edit it or take it back."))
    return redirect(url_for("news.show", slug=slug, update_id=update_id), 303)


def entrusted_update(slug: str, update_id: int, role: Role) -> tuple[Campaign, Update]:
    """Return a campaign and one of its updates to somebody who may do so much there, or end 404."""
    campaign = entrusted_campaign(slug, role)
    return campaign, find_update(campaign.id, update_id) or abort(404)


def update_page(
    campaign: Campaign,
    update: Update,
    *,
    send: SendForm | None = None,
    test: TestForm | None = None,
) -> str:
    """Return an update's page, with a form that went wrong if one did."""
    now, zone = utcnow(), ZoneInfo(campaign.timezone)
    run = describe_run(campaign, update, now)
    planned = update.planned_at if update.planned_at and update.planned_at > now else None
    sizes = audience_sizes(campaign.id, now)
    return render_template(
        "dashboard/news.html",
        campaign=campaign,
        update=update,
        zone=zone,
        planned=planned and planned.astimezone(zone),
        run=run,
        state=state_in_words(update, run.progress),
        editor=_may(campaign, Role.EDITOR),
        owns=_may(campaign, Role.OWNER),
        editable=run.state in EDITABLE,
        codes=_languages(campaign, update),
        send=send or SendForm(formdata=None),
        test=test or _test_form(campaign, update, shown=True),
        at_once=sizes.get(Frequency.IMMEDIATE, 0),
        in_digests=sizes.get(Frequency.DAILY, 0) + sizes.get(Frequency.WEEKLY, 0),
        not_at_all=sizes.get(Frequency.STATUS, 0),
    )


def _may(campaign: Campaign, needed: Role) -> bool:
    return organiser_may(current_organiser(), campaign.id, needed)


def _languages(campaign: Campaign, update: Update) -> Sequence[str]:
    """Return the languages an update can be told in, its own first."""
    codes = (campaign.locale, *current_settings().locales, *update.translations)
    return list(dict.fromkeys(codes))


def _other_language(campaign: Campaign, update: Update, code: str | None) -> str | None:
    """Return the code of a translation, None for the language an update is written in."""
    if code not in (None, *_languages(campaign, update)):
        abort(404)
    return None if code == campaign.locale else code


def _content(update: Update, code: str | None) -> dict[str, str]:
    if code is None:
        return {"title": update.title, "text": update.text}
    words = update.translations.get(code, {})
    return {"title": words.get("title", ""), "text": words.get("text", "")}


def _edit_form(
    campaign: Campaign, code: str | None, content: dict[str, str] | None = None
) -> NewsForm | TranslatedNewsForm:
    """Return the form for one language: as it was sent, or with what stands there."""
    kind = TranslatedNewsForm if code else NewsForm
    form = kind(formdata=request.form if content is None else None, data=content)
    form.hidden_names = hidden_names(campaign)
    return form


def _conflict_page(campaign: Campaign, form: EditForm, update: Update, code: str | None) -> str:
    """Show what somebody else saved meanwhile beside what was typed; the form keeps the latter."""
    content = _content(update, code)
    theirs = form.differences(content)
    form.open_on(content)
    return _form_page(campaign, form, update, code, theirs)


def _form_page(
    campaign: Campaign,
    form: EditForm,
    update: Update | None = None,
    code: str | None = None,
    theirs: object = (),
) -> str:
    return render_template(
        "dashboard/news_form.html",
        campaign=campaign,
        form=form,
        hints=form.HINTS,
        update=update,
        language=language_in_words(code) if code else None,
        theirs=theirs,
    )


def _written(campaign: Campaign, update: Update, code: str | None, form: EditForm) -> bool:
    """Give an update what was typed, or say on the form why not."""
    typed = form.content()
    texts = {"title": update.title, "text": update.text}
    translations = {key: it for key, it in update.translations.items() if key != code}
    if code is None:
        texts = typed
    elif typed["title"]:
        translations[code] = typed
    try:
        edit_update(
            campaign,
            update,
            title=texts["title"],
            text=texts["text"],
            translations=translations,
            organiser_id=current_organiser().id,
        )
    except UpdateOver:
        form.form_errors.append(
            _("Its last mail has left: what was sent stays as it is. Write another update.")
        )
    except HiddenName:
        form.form_errors.append(
            _("Another language of it names somebody whose name is not public: mend that first.")
        )
    else:
        return True
    db.session.rollback()
    return False


def _scheduled(campaign: Campaign, update: Update, form: SendForm) -> bool:
    """Give an update its time, or say on the form why not."""
    try:
        schedule_update(campaign, update, form.at.moment if form.when.data == LATER else None)
    except TimePast:
        form.at.errors = [_("This time has passed. Choose one that lies ahead.")]
    except CampaignNotPublic:
        form.form_errors.append(_("Publish the campaign first: subscribers could not read it."))
    except HiddenName:
        form.form_errors.append(
            _("Somebody is named in it whose name is not public: take the name out.")
        )
    except Overtaken:
        form.form_errors.append(
            _("Somebody's custody has changed since it was written: say first that it is right.")
        )
    except UpdateOver:
        form.form_errors.append(_("It has gone out already."))
    else:
        return True
    db.session.rollback()
    return False


def _test_form(campaign: Campaign, update: Update, *, shown: bool = False) -> TestForm:
    form = TestForm(formdata=None) if shown else TestForm()
    codes = _languages(campaign, update)
    form.language.choices = choices_of({code: language_in_words(code) for code in codes})
    if shown or not form.language.data:
        form.language.data = codes[0]
    return form
