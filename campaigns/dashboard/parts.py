"""Editing a campaign part by part: its texts, what it is about, its petition, its translations."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from campaigns.accounts.access import audit
from campaigns.accounts.actions import Action
from campaigns.accounts.roles import Role
from campaigns.cases.access import entrusted_campaign
from campaigns.cases.errors import SlugTaken
from campaigns.cases.making import edit_campaign
from campaigns.cases.models import Campaign
from campaigns.cases.queries import hidden_names, lock_campaign_row
from campaigns.cases.vocabulary import CampaignState, Colour
from campaigns.config import current_settings
from campaigns.dashboard.lacking import HEADINGS, Part, what_is_missing
from campaigns.dashboard.making_forms import (
    AboutForm,
    FrozenForm,
    PetitionForm,
    TextsForm,
    TranslationForm,
    goals_in,
    pieces_of,
)
from campaigns.dashboard.together import EditForm, changed
from campaigns.db import db
from campaigns.petitions.errors import AddresseeFixed, TextFrozen
from campaigns.petitions.models import HandoverNames
from campaigns.petitions.queries import is_signed, petition_of
from campaigns.petitions.texts import put_petition
from campaigns.web.arrivals import note_arrival
from campaigns.web.finished import expire_finished
from campaigns.web.languages import language_in_words

bp = Blueprint("parts", __name__, url_prefix="/console/campaigns/<slug>/edit")
TEXTS = ("title", "summary", "demand", "body")
PETITION_TEXTS = ("title", "text")

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Edited:
    """What is edited on one page: how it is read, asked for and written."""

    heading: LazyString | str
    form: Callable[[Campaign, Content | None], EditForm]
    read: Callable[[Campaign], dict[str, Any]]
    write: Callable[[Campaign, EditForm], None]
    action: Action = Action.CAMPAIGN_EDITED
    about: str | None = None


@bp.get("/translations")
def translations(slug: str) -> str:
    """The languages of this site a campaign can be read in, and those it has been read in."""
    campaign = entrusted_campaign(slug, Role.EDITOR)
    codes = dict.fromkeys((*current_settings().locales, *campaign.translations))
    return render_template(
        "dashboard/translations.html",
        campaign=campaign,
        codes=[code for code in codes if code != campaign.locale],
    )


@bp.get("/translations/<code>")
def translation(slug: str, code: str) -> str:
    """What a campaign says in another language."""
    return _open(entrusted_campaign(slug, Role.EDITOR), _translation(slug, code))


@bp.post("/translations/<code>")
def submit_translation(slug: str, code: str) -> Response | tuple[str, int]:
    """Save what a campaign says in another language."""
    return _save(entrusted_campaign(slug, Role.EDITOR), _translation(slug, code))


@bp.get("/<any(texts,about,petition):part>")
def edit(slug: str, part: str) -> str:
    """One part of a campaign, to be changed."""
    return _open(entrusted_campaign(slug, Role.EDITOR), PARTS[part])


@bp.post("/<any(texts,about,petition):part>")
def submit_edit(slug: str, part: str) -> Response | tuple[str, int]:
    """Save one part of a campaign, unless somebody else saved it meanwhile."""
    return _save(entrusted_campaign(slug, Role.EDITOR), PARTS[part])


def _open(campaign: Campaign, edited: Edited) -> str:
    content = edited.read(campaign)
    form = edited.form(campaign, content)
    form.open_on(content)
    return _page(campaign, edited, form)


def _save(campaign: Campaign, edited: Edited) -> Response | tuple[str, int]:
    lock_campaign_row(campaign)
    form = edited.form(campaign, None)
    if not form.validate():
        return _page(campaign, edited, form), 422
    before, wanted = edited.read(campaign), form.content()
    fields = changed(before, wanted)
    if fields and not form.knows(before):
        theirs = form.differences(before)
        form.open_on(before)
        return _page(campaign, edited, form, theirs=theirs), 409
    if fields:
        if not _written(campaign, edited, form):
            return _page(campaign, edited, form), 422
        audit(edited.action, campaign.id, edited.about, fields=fields)
        db.session.commit()
        expire_finished()
    note_arrival(form.token.data)
    flash(_("Saved."))
    return redirect(url_for("making.sections", slug=campaign.slug), 303)


def _written(campaign: Campaign, edited: Edited, form: EditForm) -> bool:
    """Do what the form asks for, or undo it and say on the form why not."""
    public = campaign.state != CampaignState.DRAFT
    before = _missing(campaign) if public else []
    try:
        edited.write(campaign, form)
        db.session.flush()
        lost = [it for it in _missing(campaign) if it not in before] if public else []
    except SlugTaken:
        form["slug"].errors = [_("Another campaign has this short name: choose another.")]
    except TextFrozen:
        form["as_new_version"].errors = [
            _(
                "Somebody has signed the text as it stands. Tick this to publish the changed one"
                " as a new version: the page says who signed which."
            )
        ]
    except AddresseeFixed:
        form["addressee"].errors = [
            _("Somebody has signed already: the addressee stays the one they were told of.")
        ]
    else:
        # What everybody reads stays as complete as it had to be to be published.
        form.form_errors.extend(lost)
        if not lost:
            return True
    db.session.rollback()
    return False


def _missing(campaign: Campaign) -> list[str]:
    return [str(lack.words) for lack in what_is_missing(campaign)]


def _page(campaign: Campaign, edited: Edited, form: EditForm, theirs: Any = ()) -> str:
    petition = petition_of(campaign.id)
    frozen = isinstance(form, FrozenForm) and petition is not None and is_signed(petition)
    return render_template(
        "dashboard/part.html",
        campaign=campaign,
        heading=edited.heading,
        form=form,
        hints=form.HINTS,
        theirs=theirs,
        frozen=frozen,
    )


def _read_texts(campaign: Campaign) -> dict[str, Any]:
    content = {name: getattr(campaign, name) for name in TEXTS}
    return content if campaign.published_at else {**content, "slug": campaign.slug}


def _texts_form(campaign: Campaign, content: Content | None) -> EditForm:
    form = TextsForm(formdata=_typed(content), data=content)
    form.hidden_names = hidden_names(campaign)
    if campaign.published_at:
        # Its address stands in what others wrote and sent.
        del form.slug
    return form


def _write_texts(campaign: Campaign, form: EditForm) -> None:
    edit_campaign(campaign, **{name: value or "" for name, value in form.content().items()})


def _read_about(campaign: Campaign) -> dict[str, Any]:
    return {
        "country": campaign.country,
        "timezone": campaign.timezone,
        "locale": campaign.locale,
        "colour": campaign.colour.value,
        "tags": ", ".join(campaign.tags),
        "run_by_name": campaign.run_by_name,
        "run_by_contact": campaign.run_by_contact,
        "run_by_url": campaign.run_by_url or "",
    }


def _about_form(campaign: Campaign, content: Content | None) -> EditForm:
    form = AboutForm(formdata=_typed(content), data=content)
    form.hidden_names = hidden_names(campaign)
    form.translated = _translated_into(campaign) - {campaign.locale}
    return form


def _translated_into(campaign: Campaign) -> set[str]:
    petition = petition_of(campaign.id)
    translated = [campaign.translations, *(it.translations for it in campaign.events)]
    translated += [petition.translations] if petition else []
    return {code for translations in translated for code in translations}


def _write_about(campaign: Campaign, form: EditForm) -> None:
    content = form.content()
    edit_campaign(
        campaign,
        **content
        | {
            "country": content["country"] or "",
            "colour": Colour(content["colour"]),
            "tags": pieces_of(content["tags"]),
            "run_by_url": content["run_by_url"] or None,
        },
    )


def _read_petition(campaign: Campaign) -> dict[str, Any]:
    petition = petition_of(campaign.id)
    if petition is None:
        return {
            "title": "",
            "text": "",
            "addressee": "",
            "handover_names": HandoverNames.NONE.value,
            "goals": "",
            "opens": campaign.today,
            "closes": None,
        }
    return {
        "title": petition.title,
        "text": petition.text,
        "addressee": petition.addressee,
        "handover_names": petition.handover_names.value,
        "goals": ", ".join(map(str, petition.goals)),
        "opens": petition.opens,
        "closes": petition.closes,
    }


def _petition_form(campaign: Campaign, content: Content | None) -> EditForm:
    form = PetitionForm(formdata=_typed(content), data=content)
    form.hidden_names = hidden_names(campaign)
    return form


def _write_petition(campaign: Campaign, form: EditForm) -> None:
    content = form.content()
    put_petition(
        campaign,
        as_new_version=bool(form["as_new_version"].data),
        **content
        | {
            "handover_names": HandoverNames(content["handover_names"]),
            "goals": goals_in(content["goals"]),
        },
    )


def _translation(slug: str, code: str) -> Edited:
    """Return what is edited of one language; 404 for one that is neither offered nor there."""

    def read(campaign: Campaign) -> dict[str, Any]:
        known = campaign.translations.get(code, {})
        petition = petition_of(campaign.id)
        signed = petition.translations.get(code, {}) if petition else {}
        return {name: known.get(name, "") for name in TEXTS} | {
            f"petition_{name}": signed.get(name, "") for name in PETITION_TEXTS
        }

    def form_of(campaign: Campaign, content: Content | None) -> EditForm:
        known = {*current_settings().locales, *campaign.translations} - {campaign.locale}
        if code not in known:
            abort(404)
        form = TranslationForm(formdata=_typed(content), data=content)
        form.hidden_names = hidden_names(campaign)
        if petition_of(campaign.id) is None:
            del form.petition_title, form.petition_text
        return form

    def write(campaign: Campaign, form: EditForm) -> None:
        content = form.content()
        words = {name: content[name] for name in TEXTS if content[name]}
        edit_campaign(campaign, translations=_with(campaign.translations, code, words))
        if petition := petition_of(campaign.id):
            signed = {it: content[f"petition_{it}"] for it in PETITION_TEXTS}
            put_petition(
                campaign,
                as_new_version=bool(form["as_new_version"].data),
                translations=_with(
                    petition.translations, code, {k: v for k, v in signed.items() if v}
                ),
            )

    return Edited(
        heading=_("In another language: %(language)s", language=language_in_words(code)),
        form=form_of,
        read=read,
        write=write,
        about=f"translation:{code}",
    )


def _typed(content: Content | None) -> Any:
    """Return what was typed, unless the form is only shown."""
    return None if content is not None else request.form


def _with(translations: Mapping[str, Any], code: str, words: Mapping[str, str]) -> dict[str, Any]:
    rest = {locale: it for locale, it in translations.items() if locale != code}
    return {**rest, code: dict(words)} if words else rest


PARTS = {
    Part.TEXTS.value: Edited(HEADINGS[Part.TEXTS], _texts_form, _read_texts, _write_texts),
    Part.ABOUT.value: Edited(HEADINGS[Part.ABOUT], _about_form, _read_about, _write_about),
    Part.PETITION.value: Edited(
        _l("Petition"),
        _petition_form,
        _read_petition,
        _write_petition,
        action=Action.PETITION_EDITED,
    ),
}
