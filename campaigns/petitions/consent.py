"""The wording of each consent, by version: what a signer agreed to can always be read again.

A new wording is a new version; older ones stay.
"""

CONSENT_VERSION = 1

WORDINGS = {
    1: {
        "sign": "Agree and sign. Signing reveals a political opinion.",
        "show_name": "Show my name on this page",
        "hand_over": ("Put my name on the list given to {addressee}. They will read it."),
        "updates": "Email me news of this case. One click ends it.",
    },
}
