"""The form that narrows the list of campaigns; its values come from the address alone."""

from flask_babel import lazy_gettext as _l
from wtforms import Form, SearchField, SelectField
from wtforms.validators import Optional

from campaigns.web.fields import choices_of, strip

STATUSES = {
    "": _l("Any status"),
    "held": _l("Held"),
    "free": _l("Released"),
    "on_bail": _l("On bail"),
    "dead": _l("Died"),
    "unknown": _l("Not known"),
}
SORTS = {
    "updated": _l("Latest news first"),
    "days": _l("Longest held first"),
    "signatures": _l("Most signatures first"),
    "title": _l("By title"),
}


class FilterForm(Form):
    """What to narrow the list to; anything not offered counts as not asked."""

    q = SearchField(_l("Search"), filters=[strip])
    status = SelectField(_l("Status"), [Optional()], choices=choices_of(STATUSES), default="")
    country = SelectField(_l("Country"), [Optional()], default="")
    lang = SelectField(_l("Language"), [Optional()], default="")
    sort = SelectField(_l("Order"), [Optional()], choices=choices_of(SORTS), default="updated")
