"""Whether this process, and the installation as a whole, can do its work."""

from flask import Blueprint, Response, jsonify
from sqlalchemy.exc import OperationalError

from campaigns.mail.queries import is_worker_alive
from campaigns.vault.errors import KeyMissing
from campaigns.vault.keyring import current_keyring, key_encryption_key

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz() -> Response:
    """This process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
def readyz() -> tuple[Response, int]:
    """The database answers, the keys are there, and a worker was seen lately."""
    database, keys, worker = True, False, False
    try:
        worker = is_worker_alive()
        keys = _has_keys()
    except OperationalError:
        database = False
    ready = database and keys and worker
    return jsonify(database=database, keys=keys, worker=worker), 200 if ready else 503


def _has_keys() -> bool:
    keyring = current_keyring()
    try:
        keyring.mailer()
        key_encryption_key(keyring.folder)
    except KeyMissing:
        return False
    return True
