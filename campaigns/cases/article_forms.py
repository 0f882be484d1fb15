"""The form of an article."""

from uuid import uuid4
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Optional, Regexp
from wtforms.widgets import HiddenInput

from campaigns.cases.contents import ArticleContent
from campaigns.cases.fields import (
    LanguageField,
    TypedDateField,
    article_choices,
    known_language,
    moment_field,
    no_hidden_name,
    one_of,
    text_line,
    web_link,
)
from campaigns.cases.forms import NOTE_LENGTH, TOKEN
from campaigns.cases.models import Article, Campaign
from campaigns.cases.names import NameFinder
from campaigns.cases.reports import Report
from campaigns.cases.vocabulary import SourceKind
from campaigns.web.fields import AtMost, plain_text, strip

ADDRESS_LENGTH = 2_000


class ArticleForm(FlaskForm):
    """All there is to say of an article."""

    hidden_names = NameFinder(())
    zone = ZoneInfo("UTC")

    token = HiddenField(validators=[InputRequired(), Regexp(TOKEN)], default=lambda: uuid4().hex)
    version = IntegerField(widget=HiddenInput(), default=0)
    url = StringField(
        _l("Address on the web"),
        [Optional(), AtMost(ADDRESS_LENGTH, _l("This is too long: shorten it.")), web_link],
        filters=[strip],
    )
    title = text_line(_l("Title"), DataRequired(_l("Give the title of the article.")))
    outlet = text_line(_l("Outlet"), DataRequired(_l("Say where it appeared.")))
    author = text_line(_l("Author (optional)"))
    language = LanguageField(_l("Language"), [known_language], validate_choice=False)
    published = TypedDateField(_l("When it appeared"), filters=[strip])
    kind = one_of(_l("Kind of source"), SourceKind, empty=False, default=SourceKind.PRESS.value)
    excerpt = TextAreaField(
        _l("What it says, in your own words (optional)"),
        [
            AtMost(NOTE_LENGTH, _l("This is too long: shorten it.")),
            plain_text,
            no_hidden_name,
        ],
        filters=[strip],
    )
    translation_of = SelectField(_l("Translation of"), [Optional()])
    archived_url = StringField(
        _l("Address of an archived copy"),
        [Optional(), AtMost(ADDRESS_LENGTH, _l("This is too long: shorten it.")), web_link],
        filters=[strip],
    )
    archived_at = moment_field(_l("Archived at"))

    def renew_token(self) -> None:
        """Let what is shown again make an article of its own."""
        self.token.data = uuid4().hex

    def offer(self, campaign: Campaign, stored: Article | None = None) -> None:
        """Offer the campaign's other articles."""
        self.published.today = campaign.today
        self.language.usual = (campaign.locale.replace("_", "-"),)
        self.zone = self.archived_at.zone = ZoneInfo(campaign.timezone)
        others = [it for it in campaign.articles if it is not stored]
        self.translation_of.choices = article_choices(others)

    def fill_in(self, article: Article) -> None:
        """Show what an article says."""
        self.version.data = article.version
        for name in ("url", "title", "outlet", "author", "language", "published", "excerpt",
                     "archived_url"):  # fmt: skip
            self[name].data = getattr(article, name)
        self.kind.data = article.kind.value
        self.translation_of.data = str(article.translation_of_id or "")
        if article.archived_at:
            self.archived_at.data = article.archived_at.astimezone(self.zone)

    def take_over(self, report: Report) -> None:
        """Fill in what a page says of itself, where nothing was typed."""
        # The campaign's language stands there before anybody chooses.
        if report.language and self.language.data in self.language.usual:
            self.language.data = report.language
        for name in ("title", "outlet", "author", "published"):
            if not self[name].data:
                self[name].data = getattr(report, name)

    def content(self, campaign: Campaign, stored: Article | None = None) -> ArticleContent:
        """Return what was entered, once it is valid."""
        archived_at = self.archived_at.moment
        if archived_at is not None:
            before = stored.archived_at if stored else None
            if before and abs((before - archived_at).total_seconds()) < 60:
                archived_at = before
        return ArticleContent(
            url=self.url.data or None,
            title=self.title.data,
            outlet=self.outlet.data,
            author=self.author.data or None,
            language=self.language.data,
            published=self.published.when.edtf or None,
            kind=SourceKind(self.kind.data),
            excerpt=self.excerpt.data or None,
            archived_url=self.archived_url.data or None,
            archived_at=archived_at,
            translation_of=next(
                (it for it in campaign.articles if str(it.id) == self.translation_of.data), None
            ),
        )
