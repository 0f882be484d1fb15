"""The language of display: `?locale=` among those offered, without a cookie."""

from typing import Any
from urllib.parse import urlencode

from babel import Locale, UnknownLocaleError
from flask import Flask, has_request_context, request, url_for
from flask_babel import get_locale

from campaigns.extensions import babel
from campaigns.web.links import ARGUMENTS

SAME_FOR_ALL = ("static", "stylesheet")


def init_languages(app: Flask, locales: tuple[str, ...]) -> None:
    """Choose the language per request, keep it in links, and tell templates about it."""

    def select_locale() -> str:
        asked = request.args.get("locale") if has_request_context() else None
        return asked if asked in locales else locales[0]

    babel.init_app(app, default_locale=locales[0], locale_selector=select_locale)

    app.jinja_env.globals["language_in_words"] = language_in_words

    @app.url_defaults
    def keep_locale(endpoint: str, values: dict[str, Any]) -> None:
        if not has_request_context() or endpoint in SAME_FOR_ALL or "locale" in values:
            return
        if (locale := select_locale()) != locales[0]:
            values["locale"] = locale

    @app.context_processor
    def language_context() -> dict[str, Any]:
        locale = get_locale() or Locale.parse(locales[0])
        return {
            "locale": str(locale).replace("_", "-"),
            "text_direction": locale.text_direction,
            "locale_links": _links(locales, str(locale)),
        }


def language_in_words(code: str) -> str:
    """Return a language's name in the language of display, or its code when it has none."""
    try:
        name = Locale.parse(code.replace("-", "_")).get_display_name(get_locale())
    except (UnknownLocaleError, ValueError):
        return code
    return name or code


def _links(locales: tuple[str, ...], current: str) -> list[tuple[str, str, str]]:
    if len(locales) < 2 or not request or not request.endpoint or request.method != "GET":
        return []
    address = url_for(request.endpoint, **{**(request.view_args or {}), "locale": None})
    kept = {name: value for name, value in request.args.items() if name in ARGUMENTS}
    return [
        (
            name,
            Locale.parse(name).get_display_name() or name,
            f"{address}?{urlencode({**kept, 'locale': name})}",
        )
        for name in locales
        if name != current
    ]
