"""People's Markdown reads well as plain text, and says what its HTML says."""

import pytest

from campaigns.web.plain_text import markdown_as_text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("**Free** _them_ ***now***, `x * y`", "Free them now, x * y"),
        ("# A title\n\nAnd more.", "A title\n\nAnd more."),
        ("A title\n=======\nAnd more.", "A title\n\nAnd more."),
        ("one  \ntwo\nthree", "one\ntwo\nthree"),
        # Without the marks it would say the contrary.
        ("They are ~~free~~ held.", "They are ~~free~~ held."),
        ("5 \\* 3 &amp; a < b <b>c</b>", "5 * 3 & a < b <b>c</b>"),
        ("Before\n\n---\n\nafter", "Before\n\n---\n\nafter"),
        ("", ""),
    ],
)
def test_marks_go_and_words_stay(text: str, plain: str) -> None:
    assert markdown_as_text(text) == plain


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("[Sign](https://example.org/a?b=1&c=2).", "Sign <https://example.org/a?b=1&c=2>."),
        ("[**All** of it](https://example.org/)", "All of it <https://example.org/>"),
        ("[it]: https://example.org/\n\nRead [it].", "Read it <https://example.org/>."),
        (
            "<https://example.org/a> https://example.org/b",
            "https://example.org/a https://example.org/b",
        ),
        ("[https://example.org/](https://example.org/)", "https://example.org/"),
        ("[a@example.org](mailto:a@example.org)", "a@example.org"),
        # Where it leads is said, whatever its words say.
        (
            "[https://good.example](https://evil.example)",
            "https://good.example <https://evil.example>",
        ),
        ("[](https://example.org/)", "https://example.org/"),
        ("[x](//evil.example) [y](/campaigns)", "x y"),
        ("![a picture](https://tracker.example/pixel.png)", "a picture"),
    ],
)
def test_links_say_where_they_lead_once(text: str, plain: str) -> None:
    assert markdown_as_text(text) == plain


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("* one\n* two\n  * three\n    more\n* four\n\nEnd.",
         "- one\n- two\n  - three\n    more\n- four\n\nEnd."),
        ("- one\n\n  more\n\n- two", "- one\n\n  more\n\n- two"),
        ("9. nine\n9. ten\n   more", "9. nine\n10. ten\n    more"),
        ("> one\n> two\n>\n> > deeper\n\nEnd.", "> one\n> two\n>\n> > deeper\n\nEnd."),
        ("Said:\n> - one\n> - **two**", "Said:\n\n> - one\n> - two"),
        ("- one\n  > two", "- one\n  > two"),
        ("```py\nf(*a)\n\n  g()\n```\nEnd.", "f(*a)\n\n  g()\n\nEnd."),
        ("End.\n\n    f(**a)\n      g()", "End.\n\nf(**a)\n  g()"),
    ],
)  # fmt: skip
def test_lists_quotes_and_code_keep_their_shape(text: str, plain: str) -> None:
    assert markdown_as_text(text) == plain


def test_script_from_right_to_left_stays_as_it_is() -> None:
    assert (
        markdown_as_text("عدالت نے **ضمانت** دی۔\n\n- [خط](https://example.org/)")
        == "عدالت نے ضمانت دی۔\n\n- خط <https://example.org/>"
    )


def test_marks_within_marks_without_end_do_no_harm() -> None:
    assert markdown_as_text("*a " * 3000 + "b*" * 3000).endswith("b")
