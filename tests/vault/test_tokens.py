"""A link's token stands for one row and one purpose, and nobody else can make one."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from flask import Flask

from campaigns.app import create_app
from campaigns.config import Settings
from campaigns.vault.tokens import TOKEN_LENGTH, TokenPurpose, make_token, read_token

# The database is never asked.
pytestmark = [pytest.mark.database("sqlite"), pytest.mark.usefixtures("app")]
ROW = UUID("0123456789abcdef0123456789abcdef")


def test_a_token_is_read_for_its_purpose_alone() -> None:
    for purpose in TokenPurpose:
        token = make_token(purpose, ROW)
        for other in TokenPurpose:
            assert read_token(other, token) == (ROW if other == purpose else None)


def test_every_token_has_one_length_and_stands_in_a_link_as_it_is() -> None:
    for row in (UUID(int=0), UUID(int=2**128 - 1), uuid4()):
        token = make_token(TokenPurpose.UNSUBSCRIBE, row)
        assert len(token) == TOKEN_LENGTH
        assert set(token) <= set(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
        )


def test_a_token_with_anything_changed_is_no_token() -> None:
    purpose = TokenPurpose.CONFIRM_SIGNATURE
    token = make_token(purpose, ROW)
    for position in range(len(token)):
        changed = (
            token[:position] + ("A" if token[position] != "A" else "Q") + token[position + 1 :]
        )
        assert read_token(purpose, changed) is None, position


def test_a_row_cannot_be_exchanged_for_another() -> None:
    purpose = TokenPurpose.CONFIRM_SIGNATURE
    mine, other = make_token(purpose, ROW), make_token(purpose, UUID(int=7))
    assert read_token(purpose, other.partition(".")[0] + "." + mine.partition(".")[2]) is None


def test_nonsense_is_no_token() -> None:
    for nonsense in ("", ".", "x", "x.y", "ü.ü", "\0", "a" * 5000, "AAAA", "..", "%2e"):
        assert read_token(TokenPurpose.UNSUBSCRIBE, nonsense) is None, nonsense


def test_another_installations_token_is_no_token(app: Flask, settings: Settings) -> None:
    with create_app(
        replace(settings, secret_key="another secret of thirty-two bytes")
    ).app_context():
        foreign = make_token(TokenPurpose.UNSUBSCRIBE, ROW)
    assert read_token(TokenPurpose.UNSUBSCRIBE, foreign) is None
