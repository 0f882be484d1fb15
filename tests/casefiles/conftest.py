"""Importing as the command does it, and looking at what is stored."""

import json
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select

from campaigns.casefiles.operations import ImportResult, import_case_file
from campaigns.casefiles.queries import export_case_file
from campaigns.casefiles.reading import read_case_file
from campaigns.cases.queries import find_campaign
from campaigns.config import Settings
from campaigns.db import db
from tests.casefiles.example import JSON

Import = Callable[..., ImportResult]


@pytest.fixture
def take_in(app: Flask, settings: Settings) -> Import:
    """Import a case file and commit; nothing is committed when it fails."""

    def take_in(content: JSON | str, *, update: bool = False) -> ImportResult:
        text = content if isinstance(content, str) else json.dumps(content)
        try:
            result = import_case_file(
                read_case_file(text), update=update, keys_folder=settings.keys_path
            )
        except BaseException:
            db.session.rollback()
            raise
        db.session.commit()
        return result

    return take_in


def exported(slug: str = "free-amal") -> str:
    """What `campaigns export` writes."""
    campaign = find_campaign(slug)
    assert campaign is not None
    return export_case_file(campaign)


def counted_rows() -> dict[str, int]:
    """How many rows each table has."""
    return {
        name: db.session.scalar(select(func.count()).select_from(table)) or 0
        for name, table in db.metadata.tables.items()
    }
