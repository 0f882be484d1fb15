"""The words for roles and for what the audit trail tells of."""

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from campaigns.accounts.actions import Action
from campaigns.accounts.roles import Role

ROLES: Mapping[Role, LazyString] = {
    Role.OWNER: _l("Owner: everything, the team and exports too"),
    Role.EDITOR: _l("Editor: posts, edits, writes to subscribers"),
    Role.VIEWER: _l("Viewer: looks and changes nothing"),
}
ROLE_NAMES: Mapping[Role, LazyString] = {
    Role.OWNER: _l("Owner"),
    Role.EDITOR: _l("Editor"),
    Role.VIEWER: _l("Viewer"),
}
ACTIONS: Mapping[Action, LazyString] = {
    Action.SIGNED_IN: _l("Signed in"),
    Action.SIGNED_OUT: _l("Signed out"),
    Action.SESSION_ENDED: _l("Ended a session"),
    Action.PASSWORD_CHANGED: _l("Changed the password"),
    Action.TOTP_ADDED: _l("Added an authenticator app"),
    Action.TOTP_REMOVED: _l("Removed an authenticator app"),
    Action.PASSKEY_ADDED: _l("Added a passkey"),
    Action.PASSKEY_RENAMED: _l("Renamed a passkey"),
    Action.PASSKEY_REMOVED: _l("Removed a passkey"),
    Action.RECOVERY_CODES_MADE: _l("Made recovery codes"),
    Action.RECOVERY_CODE_USED: _l("Used a recovery code"),
    Action.ORGANISER_ADDED: _l("Added an organiser"),
    Action.ORGANISER_INVITED: _l("Made a link for an organiser who has not come yet"),
    Action.ORGANISER_DISABLED: _l("Disabled an organiser"),
    Action.SITE_ADMIN_MADE: _l("Made somebody site admin"),
    Action.SITE_ADMIN_UNMADE: _l("Made somebody site admin no more"),
    Action.ORGANISER_RESET: _l("Let an organiser in anew"),
    Action.RESET_REQUESTED: _l("Asked to let an organiser in anew"),
    Action.INVITATION_USED: _l("Chose a password by a link"),
    Action.ROLE_GIVEN: _l("Gave a role"),
    Action.ROLE_TAKEN: _l("Took a role away"),
    Action.CAMPAIGN_CREATED: _l("Made the campaign"),
    Action.CAMPAIGN_EDITED: _l("Edited the campaign"),
    Action.CAMPAIGN_PUBLISHED: _l("Published the campaign"),
    Action.CAMPAIGN_CLOSED: _l("Closed the campaign"),
    Action.CAMPAIGN_REOPENED: _l("Reopened the campaign"),
    Action.CAMPAIGN_ARCHIVED: _l("Archived the campaign"),
    Action.CAMPAIGN_REMOVED: _l("Took the campaign down"),
    Action.CAMPAIGN_DELETED: _l("Deleted a draft that was never published"),
    Action.HIGH_RISK_BEGUN: _l("Switched the campaign to high risk"),
    Action.CASE_FILE_EXPORTED: _l("Wrote a case file out"),
    Action.TALLY_REPAIRED: _l("Set a count right"),
    Action.CASE_FILE_IMPORTED: _l("Imported a case file"),
    Action.DETAINEE_ADDED: _l("Added a detainee"),
    Action.DETAINEE_EDITED: _l("Edited a detainee"),
    Action.DETAINEE_REMOVED: _l("Removed a detainee"),
    Action.STATUS_CONFIRMED: _l("Confirmed that a status is still true"),
    Action.EVENT_RECORDED: _l("Posted an entry"),
    Action.EVENT_EDITED: _l("Edited an entry"),
    Action.EVENT_UNDONE: _l("Took an entry back"),
    Action.EVENT_RETRACTED: _l("Retracted an entry"),
    Action.EVENT_PURGED: _l("Purged an entry"),
    Action.ARTICLE_PURGED: _l("Purged an article"),
    Action.UPDATE_PURGED: _l("Purged an update"),
    Action.NAME_WITHDRAWN: _l("Withdrew a name"),
    Action.REPORT_ANSWERED: _l("Answered a report"),
    Action.REPORT_CLOSED: _l("Closed a report"),
    Action.REPORTED_HIDDEN: _l("Hid what was reported"),
    Action.REPORTED_SHOWN: _l("Showed again what was reported"),
    Action.ARTICLE_ADDED: _l("Added an article"),
    Action.ARTICLE_EDITED: _l("Edited an article"),
    Action.PETITION_EDITED: _l("Edited the petition"),
    Action.PETITION_CLOSED: _l("Closed the petition"),
    Action.PETITION_REOPENED: _l("Reopened the petition"),
    Action.COMMENT_APPROVED: _l("Approved a comment"),
    Action.COMMENT_REFUSED: _l("Deleted a comment"),
    Action.NAME_TAKEN_DOWN: _l("Took a name off the page"),
    Action.SIGNATURES_RELEASED: _l("Released held signatures"),
    Action.SIGNATURES_DELETED: _l("Deleted held signatures"),
    Action.SUPPORTER_ERASED: _l("Erased what was kept of somebody who asked for it"),
    Action.EXPORT_REQUESTED: _l("Asked for an export of who signed"),
    Action.EXPORT_APPROVED: _l("Approved an export of who signed"),
    Action.EXPORT_WRITTEN: _l("Wrote an export of who signed"),
    Action.UPDATE_PUBLISHED: _l("Published an update"),
    Action.UPDATE_DRAFTED: _l("Wrote a draft of an update"),
    Action.UPDATE_EDITED: _l("Edited an update"),
    Action.UPDATE_TESTED: _l("Sent a test of an update"),
    Action.UPDATE_SCHEDULED: _l("Gave an update its time to be sent"),
    Action.UPDATE_CONFIRMED: _l("Said that an update is still right"),
    Action.UPDATE_WITHDRAWN: _l("Took an update back before its time"),
    Action.UPDATE_DISCARDED: _l("Threw the draft of an update away"),
    Action.UPDATE_PAUSED: _l("Paused the mail of an update"),
    Action.UPDATE_HELD: _l("Held an update, because an entry has overtaken it"),
    Action.UPDATE_RESUMED: _l("Let the mail of an update go on"),
    Action.UPDATE_CANCELLED: _l("Stopped the mail of an update"),
    Action.UPDATE_RETRIED: _l("Tried the mails of an update that failed once more"),
    Action.MAIL_RETRIED: _l("Tried mails of a correction, a day or a week that failed once more"),
    Action.KEYS_ADMITTED: _l("Admitted a key-holder"),
    Action.KEYS_ROTATED: _l("Made a new key"),
    Action.DATA_PURGED: _l("Deleted what was past its time"),
    Action.BACKUP_RESTORED: _l("Restored a backup"),
}


def action_in_words(action: str) -> str:
    """Return the words for an action of the trail; one this version does not know stays."""
    known = {str(it): words for it, words in ACTIONS.items()}
    return str(known.get(action, action))
