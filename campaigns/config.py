"""Typed settings, read from the environment (`CAMPAIGNS_…`) over `instance/settings.toml`.

Every setting is described in docs/settings.md; a test holds the two together.
"""

import ipaddress
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from babel import Locale, UnknownLocaleError
from flask import current_app

IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

PROJECT = Path(__file__).resolve().parent.parent
# Werkzeug cannot tell one IPv6 address from another in a Host header.
LOOPBACK_HOSTS = ("127.0.0.1", "localhost")
PREFIX = "CAMPAIGNS_"
SHORTEST_SECRET = 32
HOST_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", re.IGNORECASE)
DOMAIN_RATE = re.compile(
    rf"(?P<domain>{HOST_NAME.pattern})\s*=\s*(?P<number>[0-9]{{1,6}})/(?P<unit>[sm])", re.IGNORECASE
)
POSTGRESQL = ("postgresql://", "postgres://", "postgresql+psycopg://")


class SettingsError(Exception):
    """A setting is wrong or missing; the message is one sentence that names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the application was told at its start; see docs/settings.md for each."""

    env: Literal["production", "development"]
    instance_path: Path
    secret_key: str | None
    base_url: str | None
    trusted_hosts: tuple[str, ...]
    trusted_proxies: tuple[IPNetwork, ...]
    database_url: str
    mail_server: str | None
    mail_port: int
    mail_username: str | None
    mail_password: str | None
    mail_use_tls: bool
    mail_use_ssl: bool
    mail_ca_file: Path | None
    mail_default_sender: str
    mail_bounce_address: str | None
    mail_rate: int | None
    mail_domain_rates: Mapping[str, float]
    mail_connections: int
    mailer_key_file: Path
    site_name: str
    locales: tuple[str, ...]
    ratelimit_storage_uri: str
    workers: int
    host: str
    port: int

    @property
    def development(self) -> bool:
        """Whether this is a developer's or a newcomer's machine, reached over loopback only."""
        return self.env == "development"

    @property
    def keys_path(self) -> Path:
        """The folder of this installation's key files."""
        return self.instance_path / "keys"

    @property
    def mailbox_path(self) -> Path:
        """The folder mail is written to when no SMTP server is set."""
        return self.instance_path / "mail"


NAMES = (
    "ENV",
    "INSTANCE_PATH",
    "SECRET_KEY",
    "BASE_URL",
    "TRUSTED_HOSTS",
    "TRUSTED_PROXIES",
    "DATABASE_URL",
    "MAIL_SERVER",
    "MAIL_PORT",
    "MAIL_USERNAME",
    "MAIL_PASSWORD",
    "MAIL_USE_TLS",
    "MAIL_USE_SSL",
    "MAIL_CA_FILE",
    "MAIL_DEFAULT_SENDER",
    "MAIL_BOUNCE_ADDRESS",
    "MAIL_RATE",
    "MAIL_DOMAIN_RATES",
    "MAIL_CONNECTIONS",
    "MAILER_KEY_FILE",
    "SITE_NAME",
    "LOCALES",
    "RATELIMIT_STORAGE_URI",
    "WORKERS",
)


def current_settings() -> Settings:
    """Return the settings of the running application."""
    settings: Settings = current_app.extensions["settings"]
    return settings


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read and validate every setting.

    Raises SettingsError, one sentence naming the setting, when one is unknown or wrong. What only a
    serving process needs (an address, a relay) is demanded by `require_serving`.
    """
    instance_path = Path(environ.get(f"{PREFIX}INSTANCE_PATH") or _default_instance()).absolute()
    given = _from_file(instance_path / "settings.toml") | _from_environment(environ)
    env = given.get("ENV") or "production"
    if env not in ("production", "development"):
        raise SettingsError(f"{PREFIX}ENV must be production or development, not “{env}”.")
    development = env == "development"
    port = _number("PORT", environ.get("PORT") or "8000", low=1, high=65535)
    base_url = f"http://127.0.0.1:{port}" if development else _base_url(given.get("BASE_URL"))
    use_tls, use_ssl = _encryption(given)
    username, password = _credentials(given)
    rate = given.get("MAIL_RATE")
    return Settings(
        env="development" if development else "production",
        instance_path=instance_path,
        secret_key=_secret_key(given, instance_path),
        base_url=base_url,
        trusted_hosts=_trusted_hosts(given, base_url, development=development),
        trusted_proxies=_networks(given.get("TRUSTED_PROXIES", "")),
        database_url=_database_url(given.get("DATABASE_URL"), instance_path),
        mail_server=_mail_server(given.get("MAIL_SERVER")),
        mail_port=_mail_port(given, use_tls=use_tls, use_ssl=use_ssl),
        mail_username=username,
        mail_password=password,
        mail_use_tls=use_tls,
        mail_use_ssl=use_ssl,
        mail_ca_file=_file(given, "MAIL_CA_FILE"),
        mail_default_sender=_sender(given, development=development),
        mail_bounce_address=_bounce_address(given),
        mail_rate=_number(f"{PREFIX}MAIL_RATE", rate, low=1, high=100_000) if rate else None,
        mail_domain_rates=_domain_rates(given.get("MAIL_DOMAIN_RATES", "")),
        mail_connections=_connections(given.get("MAIL_CONNECTIONS") or "16"),
        mailer_key_file=Path(
            given.get("MAILER_KEY_FILE") or instance_path / "keys/mailer.key"
        ).absolute(),
        site_name=_site_name(given.get("SITE_NAME") or "Solidarity campaigns"),
        locales=_locales(given.get("LOCALES") or "en"),
        ratelimit_storage_uri=given.get("RATELIMIT_STORAGE_URI") or "memory://",
        workers=_number(f"{PREFIX}WORKERS", given.get("WORKERS") or "2", low=1, high=256),
        host=_host(environ.get("HOST") or "127.0.0.1", development=development),
        port=port,
    )


def require_serving(settings: Settings) -> None:
    """Demand what a web process or worker cannot do without.

    Raises SettingsError naming the first missing setting.
    """
    if settings.secret_key is None:
        raise SettingsError(
            f"{PREFIX}SECRET_KEY is missing: run “campaigns init”, which makes one."
        )
    if settings.base_url is None:
        raise SettingsError(
            f"{PREFIX}BASE_URL is missing: set it to the public address, such as "
            "https://campaigns.example.org."
        )
    if not settings.development and settings.mail_server is None:
        raise SettingsError(
            f"{PREFIX}MAIL_SERVER is missing: set it to the relay that sends this site's mail."
        )
    if not settings.development and not settings.mail_default_sender:
        raise SettingsError(
            f"{PREFIX}MAIL_DEFAULT_SENDER is missing: set it to the address this site's mail is "
            "sent from."
        )


def _default_instance() -> Path:
    """Beside the templates in a checkout, in the working directory when installed."""
    return (PROJECT if (PROJECT / "templates").is_dir() else Path.cwd()) / "instance"


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    given = {
        name.removeprefix(PREFIX): value
        for name, value in environ.items()
        if name.startswith(PREFIX)
    }
    _refuse_unknown(given, prefix=PREFIX, where="")
    return given


def _from_file(path: Path) -> dict[str, str]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not valid TOML: {error}.") from None
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from None
    given = {name.upper(): _text(value) for name, value in content.items()}
    if "INSTANCE_PATH" in given:
        raise SettingsError(
            f"{PREFIX}INSTANCE_PATH can only be set in the environment, not in {path}, which it "
            "leads to."
        )
    _refuse_unknown(given, prefix="", where=f" in {path}")
    return given


def _refuse_unknown(given: Mapping[str, str], *, prefix: str, where: str) -> None:
    for name in given:
        if name not in NAMES:
            raise SettingsError(
                f"{prefix}{name}{where} is not a setting: see docs/settings.md for their names."
            )


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(str(item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _list(text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.split(",") if item.strip())


def _number(name: str, text: str, *, low: int, high: int) -> int:
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise SettingsError(f"{name} must be a whole number from {low} to {high}, not “{text}”.")
    return int(text)


def _flag(given: Mapping[str, str], name: str) -> bool:
    text = given.get(name, "").lower()
    if text not in ("", "true", "false", "1", "0", "yes", "no"):
        raise SettingsError(f"{PREFIX}{name} must be true or false, not “{given[name]}”.")
    return text in ("true", "1", "yes")


def _file(given: Mapping[str, str], name: str) -> Path | None:
    if not (text := given.get(name)):
        return None
    if not Path(text).is_file():
        raise SettingsError(f"{PREFIX}{name} names a file that does not exist: {text}.")
    return Path(text)


def _secret_key(given: Mapping[str, str], instance_path: Path) -> str | None:
    if secret := given.get("SECRET_KEY"):
        if len(secret) < SHORTEST_SECRET:
            raise SettingsError(
                f"{PREFIX}SECRET_KEY must have {SHORTEST_SECRET} characters or more."
            )
        return secret
    path = instance_path / "secret_key"
    try:
        secret = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"{PREFIX}SECRET_KEY cannot be read from {path}.") from None
    if len(secret) < SHORTEST_SECRET:
        raise SettingsError(f"{PREFIX}SECRET_KEY in {path} is damaged: put the right file back.")
    return secret


def _base_url(text: str | None) -> str | None:
    if not text:
        return None
    try:
        parts = urlsplit(text)
        right = (
            parts.scheme in ("http", "https")
            and HOST_NAME.fullmatch(parts.hostname or "")
            and parts.port != 0
        )
    except ValueError:
        right = False
    if not right or parts.username is not None or parts.query or parts.fragment:
        raise SettingsError(
            f"{PREFIX}BASE_URL must be an address such as https://campaigns.example.org, "
            f"not “{text}”."
        )
    if parts.path not in ("", "/"):
        raise SettingsError(f"{PREFIX}BASE_URL must name a host without a path, not “{text}”.")
    return text.rstrip("/")


def _trusted_hosts(
    given: Mapping[str, str], base_url: str | None, *, development: bool
) -> tuple[str, ...]:
    if development:
        return LOOPBACK_HOSTS
    own = (urlsplit(base_url).hostname or "",) if base_url else ()
    listed = _list(given.get("TRUSTED_HOSTS", "").lower())
    for host in listed:
        if not HOST_NAME.fullmatch(host.removeprefix(".")):
            raise SettingsError(
                f"{PREFIX}TRUSTED_HOSTS must list host names such as campaigns.example.org, "
                f"not “{host}”."
            )
    return tuple(dict.fromkeys((*own, *listed)))


def _networks(text: str) -> tuple[IPNetwork, ...]:
    try:
        return tuple(ipaddress.ip_network(item) for item in _list(text))
    except ValueError as error:
        raise SettingsError(
            f"{PREFIX}TRUSTED_PROXIES must list addresses or networks: {error}."
        ) from None


def _database_url(text: str | None, instance_path: Path) -> str:
    if not text:
        return f"sqlite:///{instance_path / 'campaigns.sqlite3'}"
    if text.startswith("sqlite:///") and len(text) > len("sqlite:///"):
        return text
    scheme = next((it for it in POSTGRESQL if text.startswith(it)), None)
    try:
        # What it says beside the scheme is never repeated: it may hold a password.
        if scheme is None or urlsplit(text).port == 0:
            raise ValueError
    except ValueError:
        raise SettingsError(
            f"{PREFIX}DATABASE_URL must be an address such as postgresql://user:password@host/name "
            "or sqlite:////folder/file."
        ) from None
    return "postgresql+psycopg://" + text.removeprefix(scheme)


def _host(text: str, *, development: bool) -> str:
    if development and text not in LOOPBACK_HOSTS:
        raise SettingsError("HOST must be 127.0.0.1 in development: leave it out.")
    try:
        return str(ipaddress.ip_address("127.0.0.1" if text == "localhost" else text))
    except ValueError:
        raise SettingsError(
            f"HOST must be an address such as 127.0.0.1 or 0.0.0.0, not “{text}”."
        ) from None


def _encryption(given: Mapping[str, str]) -> tuple[bool, bool]:
    use_tls, use_ssl = _flag(given, "MAIL_USE_TLS"), _flag(given, "MAIL_USE_SSL")
    if use_tls and use_ssl:
        raise SettingsError(f"{PREFIX}MAIL_USE_TLS and {PREFIX}MAIL_USE_SSL exclude each other.")
    return use_tls, use_ssl


def _credentials(given: Mapping[str, str]) -> tuple[str | None, str | None]:
    username, password = given.get("MAIL_USERNAME") or None, given.get("MAIL_PASSWORD") or None
    if (username is None) != (password is None):
        missing = "MAIL_USERNAME" if username is None else "MAIL_PASSWORD"
        raise SettingsError(f"{PREFIX}{missing} is missing: a relay asks for name and password.")
    return username, password


def _mail_server(text: str | None) -> str | None:
    if not text:
        return None
    if HOST_NAME.fullmatch(text):
        return text
    try:
        return str(ipaddress.ip_address(text.removeprefix("[").removesuffix("]")))
    except ValueError:
        raise SettingsError(
            f"{PREFIX}MAIL_SERVER must be the name or address of a host alone, not “{text}”: its "
            f"port is {PREFIX}MAIL_PORT."
        ) from None


def _site_name(text: str) -> str:
    name = text.strip()
    if not name or len(name) > 100 or not name.isprintable():
        raise SettingsError(f"{PREFIX}SITE_NAME must be one line of up to 100 characters.")
    return name


def _sender(given: Mapping[str, str], *, development: bool) -> str:
    sender = given.get("MAIL_DEFAULT_SENDER", "").strip()
    if not sender:
        return "campaigns@localhost" if development else ""
    local, at, host = parseaddr(sender)[1].rpartition("@")
    if not (sender.isprintable() and local and at and HOST_NAME.fullmatch(host)):
        raise SettingsError(
            f"{PREFIX}MAIL_DEFAULT_SENDER must be a mail address such as news@example.org."
        )
    return sender


def _bounce_address(given: Mapping[str, str]) -> str | None:
    address = given.get("MAIL_BOUNCE_ADDRESS", "").strip()
    if not address:
        return None
    local, at, host = address.rpartition("@")
    # Of the 64 characters there are, the number and signature of a mail take 42.
    if not (at and re.fullmatch(r"[A-Za-z0-9._-]{1,22}", local) and HOST_NAME.fullmatch(host)):
        raise SettingsError(
            f"{PREFIX}MAIL_BOUNCE_ADDRESS must be a mail address such as bounces@example.org, with "
            "22 letters or fewer before the @."
        )
    return address


def _mail_port(given: Mapping[str, str], *, use_tls: bool, use_ssl: bool) -> int:
    usual = "465" if use_ssl else "587" if use_tls else "25"
    return _number(f"{PREFIX}MAIL_PORT", given.get("MAIL_PORT") or usual, low=1, high=65535)


def _connections(text: str) -> int:
    return _number(f"{PREFIX}MAIL_CONNECTIONS", text, low=1, high=100)


def _domain_rates(text: str) -> dict[str, float]:
    """Return how many mails a second may go to each domain that has a limit."""
    rates: dict[str, float] = {}
    for item in _list(text):
        found = DOMAIN_RATE.fullmatch(item)
        if found is None or int(found["number"]) == 0:
            raise SettingsError(
                f"{PREFIX}MAIL_DOMAIN_RATES must list limits such as example.org=20/s or "
                f"example.org=30/m, not “{item}”."
            )
        per_minute = 60 if found["unit"] == "s" else 1
        rates[found["domain"].lower()] = int(found["number"]) * per_minute / 60
    return rates


def _locales(text: str) -> tuple[str, ...]:
    locales = _list(text)
    for name in locales:
        try:
            Locale.parse(name)
        except (ValueError, UnknownLocaleError):
            raise SettingsError(
                f"{PREFIX}LOCALES must list languages such as en or ur, not “{name}”."
            ) from None
    if not locales:
        raise SettingsError(f"{PREFIX}LOCALES must list at least one language, such as en.")
    return locales
