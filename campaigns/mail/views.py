"""Ending all mail from this site; and, only in development, the mailbox's pages."""

from flask import Blueprint, Response, abort, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from campaigns.config import current_settings
from campaigns.db import db
from campaigns.mail.mailbox import list_mailbox, read_mailbox
from campaigns.mail.operations import suppress_mailbox
from campaigns.mail.queries import suppressed_among
from campaigns.vault.tokens import TokenPurpose, read_index_token

bp = Blueprint("mail", __name__)
mailbox = Blueprint("mailbox", __name__, url_prefix="/dev/mail")


@bp.get("/never-mail/<token>")
def never_mail(token: str) -> str:
    """A button; or, once it has been pressed, that no mail comes any more."""
    done = bool(suppressed_among([_mailbox_of(token)]))
    return render_template("mail/never_mail.html", done=done, token=token)


@bp.post("/never-mail/<token>")
def never_mail_again(token: str) -> AnyResponse:
    """Let no mail go to this mailbox any more."""
    suppress_mailbox(_mailbox_of(token))
    db.session.commit()
    return redirect(url_for("mail.never_mail", token=token), 303)


@mailbox.get("")
def index() -> str:
    """Show what would have been mailed, newest first."""
    return render_template(
        "mailbox/index.html", mails=list_mailbox(current_settings().mailbox_path)
    )


@mailbox.get("/<name>")
def show(name: str) -> str:
    """Show one mail: its headers, its text with links to follow, its HTML as source."""
    mail = read_mailbox(current_settings().mailbox_path, name)
    if mail is None:
        abort(404)
    return render_template("mailbox/show.html", mail=mail)


def _mailbox_of(token: str) -> bytes:
    return read_index_token(TokenPurpose.NEVER_MAIL, token) or abort(404)


@mailbox.after_request
def keep_no_copy(response: Response) -> Response:
    """Let no cache keep what only this machine's developer should see."""
    response.headers["Cache-Control"] = "no-store"
    return response
