"""The application: the only file that knows every room."""

import logging
from pathlib import Path

from flask import Flask
from limits.errors import ConfigurationError

from campaigns.accounts.securing import bp as accounts  # the last of three files of this blueprint
from campaigns.accounts.setup import init_accounts
from campaigns.cases import wording
from campaigns.cases.hearings import hearing_in_words, zone_in_words
from campaigns.cases.retraction_pages import bp as cases  # the last of three files, too
from campaigns.config import PREFIX, PROJECT, Settings, SettingsError, load_settings
from campaigns.dashboard.console import bp as dashboard
from campaigns.dashboard.detainees import bp as detainees
from campaigns.dashboard.entering import bp as entering
from campaigns.dashboard.hearings import bp as hearings
from campaigns.dashboard.inbox import bp as inbox
from campaigns.dashboard.making import bp as making
from campaigns.dashboard.news import bp as news
from campaigns.dashboard.parts import bp as parts
from campaigns.dashboard.purging import bp as purging
from campaigns.dashboard.retries import bp as retries
from campaigns.dashboard.runs import bp as runs
from campaigns.dashboard.states import bp as states
from campaigns.dashboard.withdrawing import bp as withdrawing
from campaigns.db import db
from campaigns.extensions import csrf, limiter, migrate
from campaigns.mail.setup import init_mail
from campaigns.petitions.console import bp as petitions
from campaigns.petitions.mails import register_mails as register_petition_mails
from campaigns.public.data import bp as data
from campaigns.public.feeds import bp as feeds
from campaigns.public.health import bp as health
from campaigns.public.my_signature import bp as my_signature
from campaigns.public.preferences import bp as preferences
from campaigns.public.signing import bp as signing
from campaigns.public.views import bp as public
from campaigns.reports.views import bp as reports
from campaigns.teams.console import bp as teams
from campaigns.teams.trail import bp as audit
from campaigns.updates.correction_mails import register_correction_mails
from campaigns.updates.mails import register_mails as register_update_mails
from campaigns.updates.views import bp as updates
from campaigns.vault.errors import KeyMissing
from campaigns.vault.keyring import Keyring
from campaigns.web.assets import init_assets
from campaigns.web.errors import init_errors
from campaigns.web.finished import init_finished
from campaigns.web.headers import init_headers
from campaigns.web.languages import init_languages
from campaigns.web.links import absolute_url
from campaigns.web.origin import init_origin_check
from campaigns.web.requests import init_requests

PACKAGE = Path(__file__).resolve().parent
# In a checkout templates and static files lie beside the package, in a wheel inside it.
RESOURCES = PROJECT if (PROJECT / "templates").is_dir() else PACKAGE
# In each process; the worker's jobs take one each.
CONNECTIONS = 16
MIGRATIONS = PACKAGE / "migrations"
BLUEPRINTS = (
    accounts,
    audit,
    cases,
    dashboard,
    data,
    detainees,
    entering,
    feeds,
    health,
    hearings,
    inbox,
    making,
    my_signature,
    news,
    parts,
    petitions,
    preferences,
    public,
    purging,
    reports,
    retries,
    runs,
    signing,
    states,
    teams,
    updates,
    withdrawing,
)


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application from its settings, read from the environment when none are given.

    Raises SettingsError.
    """
    settings = settings or load_settings()
    app = Flask(
        "campaigns",
        template_folder=str(RESOURCES / "templates"),
        # Served by `web.assets`, with addresses that change with the content.
        static_folder=None,
        instance_path=str(settings.instance_path),
    )
    _configure(app, settings)
    _init_database(app, settings)
    init_requests(app, settings.trusted_proxies)
    init_origin_check(app, settings.base_url)
    init_headers(app, https=not settings.development)
    init_languages(app, settings.locales)
    init_assets(app, RESOURCES / "static")
    init_finished(app)
    init_errors(app, unavailable=KeyMissing)
    csrf.init_app(app)
    _init_limits(app)
    init_accounts(app)
    init_mail(app)
    register_petition_mails()
    register_update_mails()
    register_correction_mails()
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.extensions["settings"] = settings
    app.extensions["keyring"] = Keyring(settings.keys_path)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        TRUSTED_HOSTS=list(settings.trusted_hosts) or None,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        # An error's parameters may be somebody's address.
        SQLALCHEMY_ENGINE_OPTIONS={"hide_parameters": True, "pool_size": CONNECTIONS},
        RATELIMIT_STORAGE_URI=settings.ratelimit_storage_uri,
        RATELIMIT_HEADERS_ENABLED=False,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        site_name=settings.site_name,
        absolute_url=absolute_url,
        label=wording.label,
        headline=wording.headline,
        date_in_words=wording.date_in_words,
        since_in_words=wording.since_in_words,
        days_in_words=wording.days_in_words,
        hearing_in_words=hearing_in_words,
        zone_in_words=zone_in_words,
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)


def _init_database(app: Flask, settings: Settings) -> None:
    db.init_app(app)
    migrate.init_app(app, db, directory=str(MIGRATIONS), render_as_batch=True)


def _init_limits(app: Flask) -> None:
    try:
        limiter.init_app(app)
    except ConfigurationError:
        # Its own words would repeat a password in the address.
        raise SettingsError(
            f"{PREFIX}RATELIMIT_STORAGE_URI must be memory://, or redis://… where the package "
            "redis is installed."
        ) from None
    # A limited view asks for its limits itself; looking for some at each request costs too much.
    app.before_request_funcs[None].remove(limiter._check_request_limit)
