"""Case files of every shape the format allows."""

from datetime import date
from typing import Any

from hypothesis import strategies as st

from campaigns.cases.vocabulary import (
    ActorKind,
    AppealBy,
    Colour,
    Confidence,
    ConsentBy,
    Disclosure,
    EventKind,
    HearingStatus,
    Mode,
    NamePolicy,
    SourceKind,
    Stance,
    StateLink,
)
from campaigns.petitions.models import HandoverNames, PetitionState

LETTERS = st.characters(
    exclude_categories=("Cc", "Cs", "Zl", "Zp"),
    exclude_characters="\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
)
LINE = st.text(LETTERS, min_size=1, max_size=20).filter(lambda text: bool(text.strip()))
TEXT = st.text(LETTERS | st.sampled_from("\n\t"), min_size=1, max_size=60).filter(
    lambda text: bool(text.strip())
)
DAY = st.dates(min_value=date(1990, 1, 1), max_value=date(2025, 12, 31)).map(
    lambda day: day.isoformat()
)
DATE = st.sampled_from(
    ["", "2018", "2018~", "2018-04", "2018-04~", "2018-04-22", "2018-04-22T15:00",
     "2018-04-22/2018-05", "../2018-04-26", "2018-04-22/.."]
)  # fmt: skip
MOMENT = st.builds(
    "{}T{:02}:{:02}:{:02}{}{}".format,
    DAY,
    st.integers(0, 23),
    st.integers(0, 59),
    st.integers(0, 59),
    st.sampled_from(["", ".5", ".000001"]),
    st.sampled_from(["Z", "+05:00", "-03:30"]),
)
ADDRESS = st.sampled_from(["https://example.org/ä?b=c#d", "http://example.org:8080/"])
LANGUAGES = st.sampled_from(["ur", "pt-BR", "zh-Hans", "ar", "de"])


def one_of(kinds: type) -> st.SearchStrategy[str]:
    return st.sampled_from([kind.value for kind in kinds])  # type: ignore[attr-defined]


def some(reader: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[list[Any]]:
    return st.lists(reader, max_size=most)


def different(reader: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[list[Any]]:
    return st.lists(reader, max_size=most, unique=True)


def part(
    required: dict[str, st.SearchStrategy[Any]], optional: dict[str, st.SearchStrategy[Any]]
) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(required, optional=optional)


def sources(articles: list[str]) -> st.SearchStrategy[list[Any]]:
    if not articles:
        return st.just([])
    return some(
        part({"article": st.sampled_from(articles), "stance": one_of(Stance)}, {"note": TEXT})
    )


def concerned(detainees: list[str]) -> st.SearchStrategy[Any]:
    if not detainees:
        return st.just("all")
    named = st.lists(st.sampled_from(detainees), min_size=1, max_size=3, unique=True)
    return st.just("all") | named


def consents(articles: list[str]) -> st.SearchStrategy[Any]:
    known: dict[str, st.SearchStrategy[Any]] = (
        {"article": st.sampled_from(articles)} if articles else {}
    )
    by_people = st.sampled_from([by.value for by in ConsentBy if by != ConsentBy.PUBLIC_RECORD])
    consent = part({"by": by_people, "on": DAY, "scope": TEXT}, known)
    if not articles:
        return consent
    return consent | part({"by": st.just("public_record"), "on": DAY, "scope": TEXT, **known}, {})


@st.composite
def detainees(draw: st.DrawFn, ref: str, articles: list[str]) -> dict[str, Any]:
    policy = draw(one_of(NamePolicy))
    # Hidden names are of one word, which is not looked for in the texts drawn at random.
    name = LINE if policy == "full" else st.just("Amal")
    required = {
        "ref": st.just(ref),
        "name": name,
        "name_policy": st.just(policy),
        "proceedings": st.just(["12/2024", "ß"]),
    }
    if policy == "full":
        required["consent"] = consents(articles)
    confirmed = some(part({"on": DAY}, {"source_kind": one_of(SourceKind)}))
    optional: dict[str, Any] = {"name_romanised": name, "confirmed": confirmed}
    return draw(part(required, optional))


@st.composite
def articles(draw: st.DrawFn, ref: str, earlier: list[str]) -> dict[str, Any]:
    optional: dict[str, Any] = {
        "url": ADDRESS,
        "author": LINE,
        "published": DATE.filter(bool),
        "excerpt": TEXT,
        "archived_url": ADDRESS,
        "archived_at": MOMENT,
        "kind": one_of(SourceKind),
    }
    if earlier:
        optional["translation_of"] = st.sampled_from(earlier)
    required = {"ref": st.just(ref), "title": LINE, "outlet": LINE, "language": LANGUAGES}
    return draw(part(required, optional))


def what_happened(people: list[str]) -> dict[str, st.SearchStrategy[Any]]:
    actor = part({"name": LINE, "kind": one_of(ActorKind), "state_link": one_of(StateLink)}, {})
    return {
        "proceeding": st.sampled_from(["12/2024", "ß"]) if people else LINE,
        "place": LINE,
        "disclosure": one_of(Disclosure),
        "actor": actor,
        "text": TEXT,
        "by": one_of(AppealBy),
        "confidence": one_of(Confidence),
    }


@st.composite
def events(draw: st.DrawFn, ref: str, people: list[str], reports: list[str]) -> dict[str, Any]:
    kind = draw(one_of(EventKind))
    particulars = what_happened(people)
    required: dict[str, Any] = {
        "kind": st.just(kind),
        "date": DATE,
        "detainees": concerned(people),
        "summary": LINE,
        "sources": sources(reports),
    }
    was = part({"summary": LINE}, {**particulars, "date": DATE, "sources": sources(reports)})
    optional: dict[str, Any] = {
        **particulars,
        "learned_at": MOMENT,
        "published_at": MOMENT,
        "embargo_until": MOMENT,
        "hidden_at": MOMENT,
        "retracted": part({"on": DAY, "reason": TEXT}, {}),
        "corrections": some(part({"on": DAY, "note": TEXT, "was": was}, {})),
        "translations": st.dictionaries(
            LANGUAGES, part({"summary": LINE}, {"text": TEXT}), max_size=2
        ),
    }
    if kind == "hearing":
        optional["hearing"] = part(
            {"starts_at": MOMENT, "court": LINE, "status": one_of(HearingStatus)},
            {"previous_starts_at": MOMENT},
        )
    if kind == "petition_handover":
        optional["handover"] = part(
            {"count": st.integers(0, 10_000), "to": LINE},
            {"at_least": st.booleans(), "reply": TEXT},
        )
    return {"ref": ref, **draw(part(required, optional))}


PETITION = part(
    {
        "title": LINE,
        "text": TEXT,
        "addressee": LINE,
        "handover_names": one_of(HandoverNames),
        "goals": different(st.integers(1, 1_000_000)).map(sorted),
        "opens": st.just("2019-01-01"),
    },
    {
        "closes": st.just("2031-01-01"),
        "state": one_of(PetitionState),
        "paper": some(part({"on": DAY, "count": st.integers(0, 9_999), "note": TEXT}, {})),
        "translations": st.dictionaries(
            LANGUAGES, part({"title": LINE, "text": TEXT}, {}), max_size=2
        ),
    },
)
TEXTS = part({"title": LINE, "summary": LINE, "body": TEXT, "demand": LINE}, {})


@st.composite
def case_files(draw: st.DrawFn) -> dict[str, Any]:
    """A case file without faults, as JSON values."""
    state = draw(st.sampled_from(["draft", "published", "closed", "archived", "removed"]))
    required: dict[str, Any] = {
        "slug": st.just("drawn"),
        "title": LINE,
        "summary": LINE | st.just(""),
        "body": TEXT | st.just(""),
        "demand": LINE | st.just(""),
        "country": st.sampled_from(["PK", "BR", ""]),
        "timezone": st.sampled_from(["Asia/Karachi", "America/St_Johns", "UTC"]),
        "locale": st.just("en"),
        "mode": one_of(Mode),
        "state": st.just(state),
        "run_by": part({"name": LINE, "contact": st.just("a@example.org")}, {"url": ADDRESS}),
        "tags": different(LINE),
    }
    optional: dict[str, Any] = {
        "colour": one_of(Colour),
        "translations": st.dictionaries(LANGUAGES, TEXTS, max_size=2),
    }
    if state in ("closed", "archived"):
        required["closed_on"] = DAY
    reports: list[str] = [f"article-{number}" for number in range(draw(st.integers(0, 3)))]
    people: list[str] = [f"person-{number}" for number in range(draw(st.integers(0, 3)))]
    content = {
        "format": "solidarity-campaign/1",
        "campaign": draw(part(required, optional)),
        "detainees": [draw(detainees(ref, reports)) for ref in people],
        "articles": [draw(articles(ref, reports[:at])) for at, ref in enumerate(reports)],
        "events": [
            draw(events(f"event-{number}", people, reports))
            for number in range(draw(st.integers(0, 4)))
        ],
    }
    return content | draw(part({}, {"petition": PETITION}))
