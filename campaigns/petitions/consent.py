"""The wording of each consent, by version: what a signer agreed to can always be read again.

A new wording is a new version; older ones stay. From version 2 on they are complete: all that the
form says but for what its fields are called, in its order, in English, with what differs by
campaign in braces. Those whose names end in "high_risk" stand there in such campaigns alone, which
have no ticks and no comment.
"""

CONSENT_VERSION = 2

WORDINGS = {
    1: {
        "sign": "Agree and sign. Signing reveals a political opinion.",
        "show_name": "Show my name on this page",
        "hand_over": ("Put my name on the list given to {addressee}. They will read it."),
        "updates": "Email me news of this case. One click ends it.",
    },
    2: {
        "email": "We send a mail with a button to confirm, and one reminder at most.",
        "email_high_risk": "We send one mail with a button to confirm.",
        "show_name": "Show my name on this page",
        "hand_over": "Put my name on the list given to {addressee}. They will read it.",
        "updates": "Email me news of this case. One click ends it.",
        "comment": "Used only with “Show my name on this page”.",
        "sign": "Agree and sign",
        "mailbox": (
            "Anyone who can open your mailbox can see that you signed. If that could harm you or "
            "your family, do not sign: follow the feed."
        ),
        "kept": (
            "Signing reveals a political opinion. {run_by} keeps your signature until you withdraw "
            "it or have it erased, and at most until 30 days after the campaign is archived; one "
            "that is not confirmed goes after 7 days. See, change, withdraw or erase it at any "
            "time, or write to {contact}. You must be 16 or older."
        ),
        "kept_high_risk": (
            "Your address is deleted as soon as you have confirmed, and no name is shown or handed "
            "over."
        ),
        "who_can_read": "Who can read what",
    },
}
