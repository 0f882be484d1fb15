"""Rows to test on: each factory fills in what a test does not care about, and commits.

They need an application context; the fixture `app` opens one.
"""

from tests.factories.accounts import ORGANISER_PASSWORD, code_of, make_organiser
from tests.factories.cases import make_article, make_campaign, make_detainee, make_event
from tests.factories.petitions import make_petition, make_signature
from tests.factories.reports import make_report
from tests.factories.updates import make_subscription, make_update

__all__ = [
    "ORGANISER_PASSWORD",
    "code_of",
    "make_article",
    "make_campaign",
    "make_detainee",
    "make_event",
    "make_organiser",
    "make_petition",
    "make_report",
    "make_signature",
    "make_subscription",
    "make_update",
]
