"""How organisers secure their accounts: an authenticator app, passkeys, recovery codes."""

import segno
from flask import abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from campaigns.accounts import codes, pending
from campaigns.accounts.access import (
    audit,
    current_organiser,
    current_session,
    must_add_second_factor,
    require_fresh,
    require_session_still,
)
from campaigns.accounts.actions import Action
from campaigns.accounts.console import bp
from campaigns.accounts.errors import CodeRefused, PasskeyKnown, PasskeyRefused, TotpKnown
from campaigns.accounts.factors import (
    add_passkey,
    add_totp,
    make_recovery_codes,
    passkey_handle,
    remove_passkey,
    remove_totp,
    unwrap_secret,
    wrap_secret,
)
from campaigns.accounts.forms import CodeForm, NewPasskeyForm, PasskeyNameForm
from campaigns.accounts.models import Passkey
from campaigns.accounts.operations import note_second_factor
from campaigns.accounts.passkeys import options_to_make
from campaigns.accounts.queries import factors_of, find_passkey, passkeys_of
from campaigns.config import current_settings
from campaigns.db import db
from campaigns.vault.keyring import unwrap, wrap

__all__ = ["bp"]

# The picture stays dark on light by night too, for the camera's sake.
QR_DARK, QR_LIGHT = "#17130e", "#ffffff"


@bp.get("/console/account/second-factor")
def second_factor() -> str:
    """Which second factors there are to choose from."""
    return render_template("accounts/second_factor.html", must_add=must_add_second_factor())


@bp.get("/console/account/totp")
def totp() -> Response | str:
    """Show a secret for an authenticator app, and ask for its first code."""
    require_fresh()
    if factors_of(current_organiser().id).totp:
        return redirect(url_for("accounts.account"), 303)
    return _totp_page(CodeForm(formdata=None))


@bp.post("/console/account/totp")
def submit_totp() -> Response | tuple[str, int]:
    """Add the authenticator app, if its first code is right."""
    require_fresh()
    form = CodeForm()
    wrapped = pending.find_wrapped(pending.SECRET)
    if not form.validate():
        return _totp_page(form), 422
    require_session_still()
    try:
        if wrapped is None:
            raise CodeRefused
        add_totp(current_settings().keys_path, current_organiser(), wrapped, form.code.data)
    except CodeRefused:
        form.code.errors = [_("This code is not right. Type the one your app shows now.")]
        return _totp_page(form), 422
    except TotpKnown:
        # Sent twice.
        return redirect(url_for("accounts.account"), 303)
    pending.forget(pending.SECRET)
    return _added(Action.TOTP_ADDED, _("The authenticator app is added."))


@bp.get("/console/account/totp/remove")
def totp_removal() -> Response | str:
    """Say what follows from taking the authenticator app away."""
    require_fresh()
    factors = factors_of(current_organiser().id)
    if not factors.totp:
        return redirect(url_for("accounts.account"), 303)
    return render_template("accounts/totp_removal.html", last=not factors.passkeys)


@bp.post("/console/account/totp/remove")
def submit_totp_removal() -> Response:
    """Take the authenticator app away."""
    require_fresh()
    if remove_totp(current_organiser()):
        audit(Action.TOTP_REMOVED)
    db.session.commit()
    flash(_("The authenticator app is removed: its codes are worth nothing here any more."))
    return redirect(url_for("accounts.account"), 303)


@bp.get("/console/account/passkeys/new")
def new_passkey() -> str:
    """Ask for a name, and let the browser make a passkey."""
    require_fresh()
    return _passkey_page(NewPasskeyForm(formdata=None))


@bp.post("/console/account/passkeys/new")
def submit_new_passkey() -> Response | tuple[str, int]:
    """Add the passkey the browser has made."""
    require_fresh()
    form = NewPasskeyForm()
    if not form.validate():
        return _passkey_page(form), 422
    require_session_still()
    answer, organiser = form.answer.data or "", current_organiser()
    try:
        passkey = add_passkey(
            organiser, pending.this_site(), pending.asked(), answer=answer, name=form.name.data
        )
    except PasskeyRefused:
        form.form_errors.append(_("The passkey was not made, or too late. Try it again."))
        return _passkey_page(form), 422
    except PasskeyKnown:
        form.form_errors.append(_("This passkey was added before."))
        return _passkey_page(form), 422
    return _added(Action.PASSKEY_ADDED, _("The passkey is added."), f"passkey:{passkey.id}")


@bp.get("/console/account/passkeys/<int:passkey_id>")
def passkey(passkey_id: int) -> str:
    """Offer to rename one of an organiser's passkeys, or to remove it."""
    require_fresh()
    found = _own_passkey(passkey_id)
    return _one_passkey_page(found, PasskeyNameForm(formdata=None, name=found.name))


@bp.post("/console/account/passkeys/<int:passkey_id>")
def rename_passkey(passkey_id: int) -> Response | tuple[str, int]:
    """Give a passkey another name."""
    found = _own_passkey(passkey_id)
    form = PasskeyNameForm()
    if not form.validate():
        return _one_passkey_page(found, form), 422
    found.name = form.name.data
    audit(Action.PASSKEY_RENAMED, about=f"passkey:{passkey_id}")
    db.session.commit()
    flash(_("The passkey has another name."))
    return redirect(url_for("accounts.account"), 303)


@bp.post("/console/account/passkeys/<int:passkey_id>/remove")
def submit_passkey_removal(passkey_id: int) -> Response:
    """Take a passkey away."""
    require_fresh()
    remove_passkey(current_organiser(), _own_passkey(passkey_id))
    audit(Action.PASSKEY_REMOVED, about=f"passkey:{passkey_id}")
    db.session.commit()
    flash(_("The passkey is removed: it is worth nothing here any more."))
    return redirect(url_for("accounts.account"), 303)


@bp.get("/console/account/recovery-codes/new")
def new_codes() -> str:
    """Say what recovery codes are for, and what becomes of those before."""
    require_fresh()
    factors = factors_of(current_organiser().id)
    return render_template("accounts/new_codes.html", factors=factors)


@bp.post("/console/account/recovery-codes/new")
def submit_new_codes() -> Response:
    """Make new recovery codes; those before end."""
    require_fresh()
    require_session_still()
    if not factors_of(current_organiser().id):
        abort(404)
    _make_codes()
    audit(Action.RECOVERY_CODES_MADE)
    db.session.commit()
    return redirect(url_for("accounts.recovery_codes"), 303)


@bp.get("/console/account/recovery-codes")
def recovery_codes() -> Response | str:
    """Show recovery codes that were just made, once."""
    wrapped = pending.find_wrapped(pending.CODES)
    pending.forget(pending.CODES)
    if wrapped is None:
        flash(_("Recovery codes are shown once. If you have not kept them, make new ones."))
        return redirect(url_for("accounts.account"), 303)
    made = unwrap(current_settings().keys_path, wrapped, _codes_context()).decode().split()
    return render_template("accounts/recovery_codes.html", made=made)


def _added(action: Action, said: str, about: str | None = None) -> Response:
    """Finish adding a factor, which was shown just now; with the first come recovery codes."""
    organiser = current_organiser()
    note_second_factor(organiser, current_session().id)
    first = not factors_of(organiser.id).recovery_codes
    if first:
        _make_codes()
        audit(Action.RECOVERY_CODES_MADE)
    audit(action, about=about)
    db.session.commit()
    flash(said)
    page = "accounts.recovery_codes" if first else "accounts.account"
    return redirect(url_for(page), 303)


def _make_codes() -> None:
    folder = current_settings().keys_path
    made = make_recovery_codes(folder, current_organiser())
    kept = wrap(folder, " ".join(made).encode(), _codes_context())
    pending.keep_wrapped(pending.CODES, kept)


def _codes_context() -> str:
    return f"recovery codes|{current_organiser().id}"


def _own_passkey(passkey_id: int) -> Passkey:
    return find_passkey(current_organiser().id, passkey_id) or abort(404)


def _totp_page(form: CodeForm) -> str:
    settings, organiser = current_settings(), current_organiser()
    wrapped = pending.find_wrapped(pending.SECRET)
    if wrapped is None:
        wrapped = wrap_secret(settings.keys_path, organiser.id, codes.new_secret())
        pending.keep_wrapped(pending.SECRET, wrapped)
    secret = unwrap_secret(settings.keys_path, organiser.id, wrapped)
    address = codes.secret_address(secret, organiser.username, settings.site_name)
    picture = segno.make_qr(address).svg_inline(scale=5, dark=QR_DARK, light=QR_LIGHT)
    return render_template(
        "accounts/totp.html",
        form=form,
        secret=codes.secret_in_words(secret),
        address=address,
        picture=Markup(picture),  # noqa: S704 - of numbers and colours, made just now
    )


def _passkey_page(form: NewPasskeyForm) -> str:
    organiser, site = current_organiser(), pending.this_site()
    known = [passkey.credential_id for passkey in passkeys_of(organiser.id)]
    handle = passkey_handle(current_settings().keys_path, organiser.id)
    options = options_to_make(site, pending.ask(), organiser.username, handle, known)
    return render_template("accounts/new_passkey.html", form=form, options=options)


def _one_passkey_page(found: Passkey, form: PasskeyNameForm) -> str:
    return render_template("accounts/passkey.html", passkey=found, form=form)
