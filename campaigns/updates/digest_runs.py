"""The mails of the day and the week that tell an update: what is done to it concerns them too."""

from campaigns.mail.runs import recall_run
from campaigns.updates.models import DIGEST, Update
from campaigns.updates.run_queries import digests_telling


def recall_digests(update: Update) -> None:
    """Have what workers hold of digests that tell an update composed anew before it is sent.

    Call it in the transaction that changes what they tell.
    """
    for digest_id in digests_telling(update):
        recall_run(DIGEST, digest_id)
