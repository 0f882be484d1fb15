"""Whether this process, and the installation as a whole, can do its work."""

from flask import Blueprint, Response, jsonify

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
    keyring = current_keyring()
    worker = is_worker_alive()
    try:
        keyring.mailer()
        key_encryption_key(keyring.folder)
        keys = True
    except KeyMissing:
        keys = False
    ready = keys and worker
    return jsonify(database=True, keys=keys, worker=worker), 200 if ready else 503
