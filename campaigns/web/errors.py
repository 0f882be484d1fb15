"""Errors as pages that say what to do next, or as problem+json (RFC 9457) where that is asked."""

import json
import logging

from flask import Flask, Response, make_response, render_template, request
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from werkzeug.exceptions import (
    BadRequest,
    HTTPException,
    InternalServerError,
    SecurityError,
    ServiceUnavailable,
)

from campaigns.db import db

RETRY_SECONDS = 30


class NotAskedRight(BadRequest):
    """An address asks for something that is none; says so in one of our own sentences."""


log = logging.getLogger(__name__)


def init_errors(app: Flask, unavailable: type[Exception]) -> None:
    """Answer every error; no traceback and no supporter's data reaches anybody.

    `unavailable` is what a room raises when it cannot do its work for now; its message is logged.
    """

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        if error.response is not None or (error.code or 500) < 400:
            return make_response(error.get_response())
        return error_response(error)

    @app.errorhandler(OperationalError)
    @app.errorhandler(NoConnectionFree)
    def database_error(error: OperationalError | NoConnectionFree) -> Response:
        db.session.rollback()
        cause = getattr(error, "orig", None) or error
        log.error("The database did not answer: %s", type(cause).__name__)
        return error_response(ServiceUnavailable())

    @app.errorhandler(unavailable)
    def room_unavailable(error: Exception) -> Response:
        db.session.rollback()
        log.error("%s", error)
        return error_response(ServiceUnavailable())

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        db.session.rollback()
        log_without_values(error)
        return error_response(InternalServerError())


def log_without_values(error: BaseException) -> None:
    """Log where an unexpected error arose, but not its message, which may hold what was typed."""
    trace, frames = error.__traceback__, []
    while trace:
        frames.append(f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}")
        trace = trace.tb_next
    log.error("Unexpected %s at %s", type(error).__qualname__, " < ".join(reversed(frames[-12:])))


def error_response(error: HTTPException) -> Response:
    """Return the page or problem+json of an HTTP error, with the headers the error asks for."""
    code = error.code or 500
    sentence = error.description if isinstance(error, NotAskedRight) else None
    if _wants_json():
        problem = {"type": "about:blank", "status": code, "title": error.name}
        if sentence:
            problem["detail"] = sentence
        response = Response(json.dumps(problem), code, mimetype="application/problem+json")
    elif isinstance(error, SecurityError):
        # Not a host of ours, so that there are no addresses a page could link to.
        response = Response(f"{code} {error.name}\n", code, mimetype="text/plain")
    else:
        response = make_response(
            render_template("errors/error.html", code=code, sentence=sentence), code
        )
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    if code == ServiceUnavailable.code:
        response.headers.setdefault("Retry-After", str(RETRY_SECONDS))
    response.headers["Cache-Control"] = "no-store"
    return response


def _wants_json() -> bool:
    if request.path.endswith(".json"):
        return True
    accepts = request.accept_mimetypes
    best = accepts.best_match(["text/html", "application/json", "application/problem+json"])
    return bool(accepts) and best is not None and best != "text/html"
