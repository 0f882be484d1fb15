"""The words for why something is reported."""

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from campaigns.reports.models import ReportKind, ReportState

KINDS: Mapping[ReportKind, LazyString] = {
    ReportKind.DANGER: _l("It endangers somebody"),
    ReportKind.ERROR: _l("It is wrong"),
    ReportKind.NAME: _l("It names me, or somebody I speak for"),
    ReportKind.LEGAL: _l("A legal matter"),
}
STATES: Mapping[ReportState, LazyString] = {
    ReportState.OPEN: _l("Open"),
    ReportState.ANSWERED: _l("Answered"),
    ReportState.CLOSED: _l("Closed"),
}
