"""What a relay's replies mean."""

import pytest

from campaigns.mail.replies import Outcome, Stage, Verdict, judge


@pytest.mark.parametrize(
    ("stage", "code", "text", "verdict"),
    [
        (Stage.RCPT, 450, b"4.2.0 greylisted", Verdict.DEFERRED),
        (Stage.RCPT, 451, b"try later", Verdict.DEFERRED),
        (Stage.END, 452, b"4.3.1 disk full", Verdict.DEFERRED),
        (Stage.RCPT, 421, b"4.3.2 going down", Verdict.FAULT),
        (Stage.END, 421, b"", Verdict.FAULT),
        (Stage.MAIL, 451, b"4.3.0 not now", Verdict.FAULT),
        (Stage.CONNECT, 554, b"no service here", Verdict.FAULT),
        (Stage.RCPT, 550, b"5.1.1 no such user", Verdict.UNKNOWN),
        (Stage.RCPT, 550, b"5.1.10 takes no mail at all", Verdict.UNKNOWN),
        (Stage.RCPT, 553, b"5.1.2 no such domain", Verdict.UNKNOWN),
        (Stage.RCPT, 550, b"unknown", Verdict.UNKNOWN),
        (Stage.RCPT, 553, b"bad name", Verdict.REFUSED),
        (Stage.END, 550, b"5.1.1 no such user", Verdict.REFUSED),
        (Stage.END, 550, b"no", Verdict.REFUSED),
        (Stage.RCPT, 552, b"5.2.2 mailbox full", Verdict.FULL),
        (Stage.END, 552, b"5.3.4 too large", Verdict.REFUSED),
        (Stage.MAIL, 552, b"5.3.4 too large", Verdict.REFUSED),
        (Stage.RCPT, 554, b"5.7.1 relay access denied", Verdict.POLICY),
        (Stage.END, 550, b"5.7.26 unauthenticated", Verdict.POLICY),
        (Stage.MAIL, 550, b"5.1.8 bad sender", Verdict.SENDER_REFUSED),
        (Stage.MAIL, 530, b"5.7.0 authenticate first", Verdict.SENDER_REFUSED),
        (Stage.AUTH, 535, b"5.7.8 wrong password", Verdict.SIGN_IN_REFUSED),
        (Stage.AUTH, 454, b"4.7.0 not now", Verdict.FAULT),
        (Stage.RCPT, -1, b"nonsense", Verdict.FAULT),
        (Stage.RCPT, 354, b"go ahead", Verdict.FAULT),
        (Stage.DATA, 250, b"not asked", Verdict.FAULT),
    ],
)
def test_each_reply_has_one_meaning(stage: Stage, code: int, text: bytes, verdict: Verdict) -> None:
    outcome = judge(stage, code, text)
    assert outcome is not None
    assert outcome.verdict is verdict


@pytest.mark.parametrize(
    ("stage", "code"),
    [(Stage.MAIL, 250), (Stage.RCPT, 251), (Stage.DATA, 354), (Stage.END, 250), (Stage.AUTH, 235)],
)
def test_agreement_has_no_outcome(stage: Stage, code: int) -> None:
    assert judge(stage, code, b"fine") is None


def test_the_words_of_a_reply_are_not_kept() -> None:
    refused = judge(Stage.RCPT, 550, b"5.1.1 <somebody@example.org> is unknown here")
    assert refused == Outcome(Verdict.UNKNOWN, "550 5.1.1")
