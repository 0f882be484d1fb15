"""Addresses of this site as others should know it, whatever name it was asked by."""

from typing import Any

from flask import url_for

from campaigns.config import current_settings

# What pages depend on. Addresses passed on often carry more, one of its own for each visitor.
ARGUMENTS = ("as_of", "country", "known_on", "lang", "locale", "page", "q", "sort", "status")


def absolute_url(endpoint: str, **values: Any) -> str:
    """Return the whole address of a page, which begins with BASE_URL."""
    return f"{current_settings().base_url or ''}{url_for(endpoint, **values)}"
