"""Style sheets and scripts at addresses that change with them."""

import re
from pathlib import Path

import pytest

from campaigns.web.assets import join_stylesheets
from tests.fixtures.auditing import AuditingClient

pytestmark = pytest.mark.database("sqlite")
IMMUTABLE = "public, max-age=31536000, immutable"


def _addresses(page: str) -> list[str]:
    return re.findall(r'(?:href|src)="(/(?:static|stylesheets)/[^"]+)"', page)


def test_everything_a_page_loads_is_there_and_kept_for_good(client: AuditingClient) -> None:
    addresses = _addresses(client.get("/login").text)
    assert any(".css" in address for address in addresses)
    for address in addresses:
        response = client.get(address)
        assert response.status_code == 200
        assert response.headers["Cache-Control"] == IMMUTABLE
        known = client.get(address, headers={"If-None-Match": response.headers["ETag"]})
        assert known.status_code == 304


@pytest.mark.parametrize(
    ("name", "mimetype"),
    [("images/icon.svg", "image/svg+xml"), ("js/share.js", "text/javascript")],
)
def test_a_file_is_of_the_type_it_says(client: AuditingClient, name: str, mimetype: str) -> None:
    assert client.get(f"/static/{name}").mimetype == mimetype


def test_at_an_address_without_its_version_a_file_is_asked_for_each_time(
    client: AuditingClient,
) -> None:
    for query in ("", "?v=0123456789ab", "?v="):
        response = client.get(f"/static/images/icon.svg{query}")
        assert response.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "/static/",
        "/static/images",
        "/static/nothing.css",
        "/static/../campaigns/app.py",
        "/static/%2e%2e/pyproject.toml",
        "/stylesheets/site.css",
        "/stylesheets/site-000000000000.css",
    ],
)
def test_nothing_else_is_served(client: AuditingClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_scripts_refer_to_no_other_file_whose_version_they_could_not_know(
    client: AuditingClient,
) -> None:
    for path in (Path(__file__).parents[2] / "static" / "js").glob("*.js"):
        text = client.get(f"/static/js/{path.name}").text
        assert not re.search(r"^\s*(import|export .* from)\b", text, re.MULTILINE), path.name


def test_tokens_and_base_come_before_every_component(tmp_path: Path) -> None:
    for name in ("button", "base", "alpha", "tokens"):
        (tmp_path / f"{name}.css").write_text(f"/* {name} */")
    joined = join_stylesheets(tmp_path).decode()
    assert re.findall(r"\w+", joined) == ["tokens", "base", "alpha", "button"]
