"""What the application needs of this room: the transport and its pages."""

from flask import Flask

from campaigns.config import Settings
from campaigns.mail.transport import mail
from campaigns.mail.views import bp, mailbox


def init_mail(app: Flask) -> None:
    """Connect Flask-Mail by the application's settings; show the mailbox only in development.

    Raises SettingsError when the relay would get addresses unencrypted.
    """
    settings: Settings = app.extensions["settings"]
    mail.init_app(app)
    app.register_blueprint(bp)
    if settings.development:
        app.register_blueprint(mailbox)
