"""For how long what supporters give, and what tells of them, is kept; then it is purged."""

from datetime import timedelta

PENDING_FOR = timedelta(days=7)
# A signature or subscription that is not confirmed.
DELIVERIES_KEPT = timedelta(days=14)
# When mail that somebody asked for was sent.
SUPPORTERS_KEPT = timedelta(days=30)
# Signatures, public names and subscriptions, from when their campaign was archived.
BOUNCES_KEPT = timedelta(days=30)
# That mail to a mailbox came back for a reason that may pass, since the last time.
REPORTS_KEPT = timedelta(days=30)
# What somebody reported, from when it was answered or closed.
REPORTS_WAIT = timedelta(days=180)
# The same, when nobody did either.
