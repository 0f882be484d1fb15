"""Texts a campaign can begin with, in our own words and the language of display.

What only its organisers know stands between UNWRITTEN and its end: nothing is published before they
have replaced it.
"""

from dataclasses import dataclass
from enum import StrEnum

from flask_babel import gettext as _

UNWRITTEN = "[["
# Markdown has no use for two of them together.
GOALS = (100, 500, 1_000, 5_000, 10_000)


class Starter(StrEnum):
    """What a campaign begins with."""

    EMPTY = "empty"
    DISAPPEARANCE = "disappearance"
    ARREST = "arrest"
    TRIAL = "trial"


@dataclass(frozen=True, slots=True)
class StarterTexts:
    """Texts of a campaign and of its petition."""

    summary: str
    body: str
    demand: str
    petition_title: str
    petition_text: str
    addressee: str


def texts_of(starter: Starter) -> StarterTexts | None:
    """Return the texts of a starter, translated; None for a campaign that begins empty."""
    texts = {
        Starter.DISAPPEARANCE: _disappearance,
        Starter.ARREST: _arrest,
        Starter.TRIAL: _trial,
    }.get(starter)
    return texts() if texts else None


def _disappearance() -> StarterTexts:
    return StarterTexts(
        summary=_("[[Who]] was taken on [[day]] in [[place]]. Nobody says where they are."),
        body=_(
            "[[Who they are, in two sentences.]]\n\n"
            "[[What witnesses saw: who came, in what, and what was said.]]\n\n"
            "[[Where the family asked since, and what they were told.]]"
        ),
        demand=_("Say where they are, and let them come home."),
        petition_title=_("Where are they?"),
        petition_text=_(
            "Nobody may be taken and hidden. We ask you to say where they are held and by whom,"
            " to let their family and a lawyer see them at once, to bring them before a court or"
            " let them go, and to have those who took them answer for it.\n\n"
            "[[What else this case asks for.]]"
        ),
        addressee=_("[[the minister or authority that can answer]]"),
    )


def _arrest() -> StarterTexts:
    return StarterTexts(
        summary=_("[[Who]] was arrested on [[day]] in [[place]] for [[what they said or did]]."),
        body=_(
            "[[Who they are, in two sentences.]]\n\n"
            "[[How they were arrested, and by whom.]]\n\n"
            "[[What they are accused of, if anybody said so, and where they are held.]]"
        ),
        demand=_("Release them now, and drop every charge for speaking out."),
        petition_title=_("Release them now"),
        petition_text=_(
            "They are held for something that is no crime. We ask you to release them at once and"
            " without conditions, to drop what they are accused of, and until then to let a lawyer,"
            " a doctor and their family see them.\n\n"
            "[[What else this case asks for.]]"
        ),
        addressee=_("[[the minister or prosecutor who can release them]]"),
    )


def _trial() -> StarterTexts:
    return StarterTexts(
        summary=_("[[Who]] is on trial before [[court]] for [[what they said or did]]."),
        body=_(
            "[[Who they are, in two sentences.]]\n\n"
            "[[What they are charged with, and what it could cost them.]]\n\n"
            "[[How the trial has gone, and when it goes on.]]"
        ),
        demand=_("A fair and open trial, and no verdict for speaking out."),
        petition_title=_("No verdict for speaking out"),
        petition_text=_(
            "We ask for a trial that is open to observers and the press, with lawyers of their own"
            " choosing and time to prepare, and for an acquittal of whatever is no crime: what"
            " somebody said, wrote, or gathered for.\n\n"
            "[[What else this case asks for.]]"
        ),
        addressee=_("[[the minister of justice or chief prosecutor]]"),
    )
