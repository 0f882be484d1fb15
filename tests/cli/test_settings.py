"""A wrong or missing setting is named in one sentence; a secret is never repeated."""

from pathlib import Path

import pytest

from campaigns.config import NAMES, Settings, SettingsError, load_settings, require_serving
from tests.cli.conftest import Command

SERVING = {
    "CAMPAIGNS_BASE_URL": "https://campaigns.example.org",
    "CAMPAIGNS_SECRET_KEY": "x" * 32,
    "CAMPAIGNS_MAIL_SERVER": "mail.example.org",
    "CAMPAIGNS_MAIL_DEFAULT_SENDER": "news@example.org",
}
WRONG = (
    ("ENV", "staging"),
    ("ENV", "Production"),
    ("SECRET_KEY", "short"),
    ("BASE_URL", "campaigns.example.org"),
    ("BASE_URL", "ftp://campaigns.example.org"),
    ("BASE_URL", "https://"),
    ("BASE_URL", "https://campaigns.example.org/path"),
    ("BASE_URL", "https://campaigns.example.org?x=1"),
    ("BASE_URL", "https://user@campaigns.example.org"),
    ("BASE_URL", "https://campaigns.example.org:99999"),
    ("BASE_URL", "https://[::1"),
    ("BASE_URL", "https://a b.example"),
    ("TRUSTED_HOSTS", "https://campaigns.example.org"),
    ("TRUSTED_HOSTS", "good.example,bad host"),
    ("TRUSTED_HOSTS", "*"),
    ("TRUSTED_PROXIES", "proxy.example.org"),
    ("TRUSTED_PROXIES", "10.0.0.0/33"),
    ("TRUSTED_PROXIES", "10.0.0.1/8"),
    ("DATABASE_URL", "mysql://user@host/name"),
    ("DATABASE_URL", "sqlite://"),
    ("DATABASE_URL", "sqlite:///"),
    ("DATABASE_URL", "postgresql://user:secret@host:port/name"),
    ("DATABASE_URL", "postgresql://user:secret@[::1/name"),
    ("DATABASE_URL", "/var/lib/campaigns.sqlite3"),
    ("MAIL_SERVER", "mail.example.org:587"),
    ("MAIL_SERVER", "smtp://mail.example.org"),
    ("MAIL_SERVER", "mail example"),
    ("MAIL_PORT", "0"),
    ("MAIL_PORT", "65536"),
    ("MAIL_PORT", "smtp"),
    ("MAIL_PORT", "-25"),
    ("MAIL_PORT", "٢٥"),
    ("MAIL_USERNAME", "somebody"),
    ("MAIL_PASSWORD", "secret"),
    ("MAIL_USE_TLS", "maybe"),
    ("MAIL_USE_SSL", "2"),
    ("MAIL_CA_FILE", "/nowhere/ca.pem"),
    ("MAIL_DEFAULT_SENDER", "news"),
    ("MAIL_DEFAULT_SENDER", "@example.org"),
    ("MAIL_DEFAULT_SENDER", "news@"),
    ("MAIL_DEFAULT_SENDER", "news@example.org\nBcc: x@evil.example"),
    ("MAIL_BOUNCE_ADDRESS", "bounces"),
    ("MAIL_RATE", "0"),
    ("MAIL_RATE", "fast"),
    ("MAIL_CONNECTIONS", "0"),
    ("MAIL_DOMAIN_RATES", "example.org"),
    ("MAIL_DOMAIN_RATES", "example.org=0/s"),
    ("MAIL_DOMAIN_RATES", "example.org=20"),
    ("MAIL_DOMAIN_RATES", "example.org=20/s, .example=1/m"),
    ("SITE_NAME", "one\ntwo"),
    ("SITE_NAME", "x" * 101),
    ("LOCALES", "english"),
    ("LOCALES", "en,xx-YY-zz"),
    ("LOCALES", ","),
    ("WORKERS", "0"),
    ("WORKERS", "many"),
    ("RATELIMIT_STORAGE_URI", "nonsense"),
    ("RATELIMIT_STORAGE_URI", "foo://user:secret@host"),
    ("RATELIMIT_STORAGE_URI", "redis://user:secret@host"),
)  # fmt: skip


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_is_named_in_one_sentence(
    bare_command: Command, tmp_path: Path, name: str, value: str
) -> None:
    given = {**SERVING, "CAMPAIGNS_INSTANCE_PATH": str(tmp_path), f"CAMPAIGNS_{name}": value}
    for arguments in (("check",), ("export", "slug"), ("init",)):
        sentence = bare_command(*arguments, **given).sentence
        missing = {"MAIL_USERNAME": "MAIL_PASSWORD", "MAIL_PASSWORD": "MAIL_USERNAME"}
        assert f"CAMPAIGNS_{missing.get(name, name)}" in sentence
        assert "secret" not in sentence
    assert not list(tmp_path.glob("*.sqlite3"))


@pytest.mark.parametrize("name", [*NAMES, "UNKNOWN"])
def test_every_setting_is_tried_with_something_wrong(name: str) -> None:
    anything = {"INSTANCE_PATH", "MAILER_KEY_FILE"}
    tried = {wrong for wrong, _ in WRONG}
    assert (name in tried) == (name in NAMES and name not in anything)


def test_limits_of_domains_are_mails_a_second_whatever_they_are_given_in(tmp_path: Path) -> None:
    given = {"CAMPAIGNS_INSTANCE_PATH": str(tmp_path)}
    assert load_settings(given).mail_domain_rates == {}
    given["CAMPAIGNS_MAIL_DOMAIN_RATES"] = "Example.org=20/s, slow.example = 30/m"
    rates = load_settings(given).mail_domain_rates
    assert rates == {"example.org": 20.0, "slow.example": 0.5}


def test_what_is_no_setting_is_named(bare_command: Command, tmp_path: Path) -> None:
    given = {"CAMPAIGNS_INSTANCE_PATH": str(tmp_path), "CAMPAIGNS_MAIL_SEVRER": "x"}
    assert "CAMPAIGNS_MAIL_SEVRER is not a setting" in bare_command("check", **given).sentence
    (tmp_path / "settings.toml").write_text('base_urls = "x"')
    del given["CAMPAIGNS_MAIL_SEVRER"]
    sentence = bare_command("check", **given).sentence
    assert "BASE_URLS" in sentence
    assert "settings.toml" in sentence


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("base_url = ", "not valid TOML"),
        ("workers = 0", "CAMPAIGNS_WORKERS"),
        ('instance_path = "/elsewhere"', "CAMPAIGNS_INSTANCE_PATH"),
        ('[mail]\nserver = "x"', "MAIL"),
        ("\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "not valid TOML"),
    ],
)
def test_a_wrong_settings_file_is_named(
    bare_command: Command, tmp_path: Path, content: str, says: str
) -> None:
    (tmp_path / "settings.toml").write_text(content, encoding="latin-1")
    given = {"CAMPAIGNS_INSTANCE_PATH": str(tmp_path)}
    assert says in bare_command("check", **given).sentence


def test_the_environment_wins_over_the_file_and_lists_may_be_lists(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(
        'locales = ["en", "ur"]\nsite_name = "From the file"\nworkers = 5\nmail_use_tls = true\n'
    )
    settings = load_settings(
        {"CAMPAIGNS_INSTANCE_PATH": str(tmp_path), "CAMPAIGNS_SITE_NAME": "From outside"}
    )
    assert (settings.locales, settings.site_name) == (("en", "ur"), "From outside")
    assert (settings.workers, settings.mail_port) == (5, 587)


@pytest.mark.parametrize("missing", SERVING)
@pytest.mark.parametrize("name", ["web", "worker", "run", "check"])
def test_production_does_not_serve_without_what_it_needs(
    bare_command: Command, tmp_path: Path, name: str, missing: str
) -> None:
    given = {key: value for key, value in SERVING.items() if key != missing}
    sentence = bare_command(name, CAMPAIGNS_INSTANCE_PATH=str(tmp_path), **given).sentence
    assert f"{missing} is missing" in sentence


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "8000.0"])
def test_a_wrong_port_is_named(bare_command: Command, tmp_path: Path, port: str) -> None:
    given = {"CAMPAIGNS_INSTANCE_PATH": str(tmp_path), "PORT": port}
    assert bare_command("run", **SERVING, **given).sentence.startswith("PORT must be")


@pytest.mark.parametrize(
    ("env", "host"),
    [
        ("development", "0.0.0.0"),
        ("development", "::"),
        ("development", "192.0.2.1"),
        ("development", "::1"),
        ("production", "nonsense.example"),
        ("production", "127.0.0.1:8000"),
    ],
)
def test_development_listens_on_loopback_only(
    bare_command: Command, tmp_path: Path, env: str, host: str
) -> None:
    given = {"CAMPAIGNS_INSTANCE_PATH": str(tmp_path), "CAMPAIGNS_ENV": env, "HOST": host}
    assert bare_command("run", **SERVING, **given).sentence.startswith("HOST must be")


def test_developments_base_url_is_worked_out_at_each_start(tmp_path: Path) -> None:
    def at(port: str) -> Settings:
        return load_settings(
            {
                "CAMPAIGNS_INSTANCE_PATH": str(tmp_path),
                "CAMPAIGNS_ENV": "development",
                "CAMPAIGNS_BASE_URL": "https://campaigns.example.org",
                "PORT": port,
            }
        )

    assert at("8000").base_url == "http://127.0.0.1:8000"
    assert at("8123").base_url == "http://127.0.0.1:8123"
    assert at("8000").trusted_hosts == ("127.0.0.1", "localhost")


def test_a_secret_file_that_was_cut_is_not_taken_for_none(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("")
    with pytest.raises(SettingsError, match=r"CAMPAIGNS_SECRET_KEY in .* is damaged"):
        load_settings({"CAMPAIGNS_INSTANCE_PATH": str(tmp_path)})


def test_the_default_of_every_setting_serves_in_development(tmp_path: Path) -> None:
    settings = load_settings(
        {
            "CAMPAIGNS_INSTANCE_PATH": str(tmp_path),
            "CAMPAIGNS_ENV": "development",
            "CAMPAIGNS_SECRET_KEY": "x" * 32,
            **dict.fromkeys(("CAMPAIGNS_LOCALES", "CAMPAIGNS_WORKERS", "PORT", "HOST"), ""),
        }
    )
    require_serving(settings)
    assert (settings.locales, settings.port, settings.host) == (("en",), 8000, "127.0.0.1")
