"""What of an installation that runs is not fit for the public: `campaigns check --deploy`."""

import os
from collections.abc import Iterator
from pathlib import Path
from stat import S_IRWXG, S_IRWXO

from sqlalchemy import make_url

from campaigns.config import PREFIX, IPNetwork, Settings
from campaigns.vault.exposed import exposed_identities
from campaigns.vault.operations import RECOVERY_IDENTITY

MAILER_KEY = "mailer.key"
# Of the instance folder's files all others are for web and worker alone.
PUBLIC_FILES = frozenset({"README.md"})
# As few as no chance gives 32 random characters, not even digits.
FEWEST_DIFFERENT = 8
# The largest blocks anybody has to themselves: 10.0.0.0/8 and fc00::/7.
WIDEST_NETWORKS = {4: 8, 6: 7}


def deployment_faults(settings: Settings) -> list[str]:
    """Return one sentence for each thing to set right before the public comes."""
    return [
        *_weak_settings(settings),
        *_limits_counted_apart(settings),
        *_believed_by_mistake(settings.trusted_proxies),
        *_keys_in_the_wrong_place(settings),
        *_readable_files(settings),
    ]


def _weak_settings(settings: Settings) -> Iterator[str]:
    if settings.development:
        yield f"{PREFIX}ENV is development: set it to production."
    if settings.base_url and not settings.base_url.startswith("https://"):
        yield f"{PREFIX}BASE_URL does not begin with https://: the site needs TLS."
    if settings.secret_key and _is_guessable(settings.secret_key):
        yield (
            f"{PREFIX}SECRET_KEY can be guessed: put 32 or more random characters in its place; "
            "links, sessions and passwords then have to be made anew."
        )


def _limits_counted_apart(settings: Settings) -> Iterator[str]:
    if settings.workers > 1 and settings.ratelimit_storage_uri.startswith("memory:"):
        yield (
            f"{PREFIX}RATELIMIT_STORAGE_URI is memory://, so each of the {settings.workers} web "
            "processes counts failed sign-ins by itself and lets as many more through: name a "
            f"Redis server there, or set {PREFIX}WORKERS to 1."
        )


def _believed_by_mistake(proxies: tuple[IPNetwork, ...]) -> Iterator[str]:
    if not proxies:
        yield f"{PREFIX}TRUSTED_PROXIES is empty: name the proxy in front of this site."
    for network in proxies:
        if network.prefixlen < WIDEST_NETWORKS[network.version]:
            yield (
                f"{PREFIX}TRUSTED_PROXIES believes {network}, so nearly anybody about where "
                "they come from: name only the proxy in front of this site."
            )


def _keys_in_the_wrong_place(settings: Settings) -> Iterator[str]:
    for identity in exposed_identities(settings.instance_path):
        whose = "The recovery" if identity.name == RECOVERY_IDENTITY else "A key-holder's"
        yield (
            f"{whose} identity can be read on this server: move {identity} to paper or another "
            "machine."
        )
    forgotten = settings.keys_path / MAILER_KEY
    if _is_there(forgotten) and forgotten != settings.mailer_key_file:
        yield (
            f"The mailer's key still lies in {forgotten}, although {PREFIX}MAILER_KEY_FILE names "
            "another file: delete the one that is not needed."
        )


def _readable_files(settings: Settings) -> Iterator[str]:
    for path in _private_files(settings):
        others = path.stat().st_mode & (S_IRWXG | S_IRWXO)
        # Web and worker, each a user of its own, share by their group all but the mailer's key.
        if path != settings.mailer_key_file and _is_shared_with_worker(path, settings):
            others &= S_IRWXO
        if others:
            yield (
                f"Other users of this machine can read or change {path}: take that away with "
                f"“chmod {'o' if others & S_IRWXG == 0 else 'go'}-rwx”."
            )


def _private_files(settings: Settings) -> list[Path]:
    found = {settings.mailer_key_file}
    for folder in (settings.instance_path, settings.keys_path):
        if os.access(folder, os.R_OK):
            found.update(path for path in folder.iterdir() if path.name not in PUBLIC_FILES)
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        found.update(Path(url.database + ending) for ending in ("", "-wal", "-shm"))
    return sorted(path for path in found if _is_there(path))


def _is_shared_with_worker(path: Path, settings: Settings) -> bool:
    key = settings.mailer_key_file
    return not _is_there(key) or key.stat().st_uid != path.stat().st_uid


def _is_there(path: Path) -> bool:
    """Whether a file can be seen; the web process need not be let into the folder of a key."""
    return os.access(path, os.F_OK) and path.is_file()


def _is_guessable(secret: str) -> bool:
    repeats = secret in (secret + secret)[1:-1]
    return repeats or len(set(secret)) < FEWEST_DIFFERENT
