"""The development mailbox's pages; they exist only in development."""

from flask import Blueprint, Response, abort, render_template

from campaigns.config import current_settings
from campaigns.mail.mailbox import list_mailbox, read_mailbox

mailbox = Blueprint("mailbox", __name__, url_prefix="/dev/mail")


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


@mailbox.after_request
def keep_no_copy(response: Response) -> Response:
    """Let no cache keep what only this machine's developer should see."""
    response.headers["Cache-Control"] = "no-store"
    return response
