"""Flask-Mail, connected to the configured relay or, without one, to the mailbox."""

from typing import Any

import flask_mail
from flask import Flask, current_app

from campaigns.config import Settings, current_settings
from campaigns.mail.composing import Letter
from campaigns.mail.connections import LetterConnection
from campaigns.mail.envelope import bounce_address
from campaigns.mail.headers import split_sender
from campaigns.mail.mailbox import MailboxConnection
from campaigns.mail.smtp import REPLY_TIMEOUT, SmtpConnection, relay_of


class CampaignMail(flask_mail.Mail):
    """Flask-Mail with connections of our own."""

    def init_app(self, app: Flask) -> Any:
        """Take the settings of the application; its MAIL_TIMEOUT (seconds) may shorten waiting.

        Raises SettingsError when the relay would get addresses unencrypted.
        """
        settings: Settings = app.extensions["settings"]
        app.config.setdefault("MAIL_TIMEOUT", REPLY_TIMEOUT)
        app.config.update(
            MAIL_SERVER=settings.mail_server or "",
            MAIL_DEFAULT_SENDER=settings.mail_default_sender,
            # Flask-Mail would print every conversation, addresses included.
            MAIL_DEBUG=False,
        )
        relay_of(settings, REPLY_TIMEOUT)
        return super().init_app(app)

    def connect(self) -> LetterConnection:
        """Return what letters are handed to, for use in a `with` statement.

        Entering it raises RelayFailed when no connection can be made.
        """
        settings = current_settings()
        state = current_app.extensions["mail"]
        relay = relay_of(settings, float(current_app.config["MAIL_TIMEOUT"]))
        if relay is None:
            return MailboxConnection(state, settings.mailbox_path)
        return SmtpConnection(state, relay, _envelope_sender)


def _envelope_sender(letter: Letter) -> str:
    """Return where bounces of a letter go, which is not where answers to it go."""
    settings = current_settings()
    mailbox = settings.mail_bounce_address
    if mailbox and letter.delivery_id:
        return bounce_address(mailbox, letter.delivery_id, current_app.config["SECRET_KEY"])
    return split_sender(settings.mail_default_sender)[1]


mail = CampaignMail()
