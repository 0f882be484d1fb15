"""Content codings: bytes compressed once and answered as each client takes them (RFC 9110)."""

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache

import brotli
from flask import Response, request
from werkzeug.http import parse_date

BROTLI_QUALITY = 5
REFUSED = re.compile(r";\s*q=0(\.0*)?\s*$")


@dataclass(frozen=True, slots=True)
class Coded:
    """What is answered at an address, as it is and compressed."""

    content_type: str
    digest: str
    bodies: dict[str, bytes]
    # By coding: br, gzip, identity.

    @property
    def etag(self) -> str:
        """Its ETag; weak, because it is the same for every coding."""
        return f'W/"{self.digest}"'


def code(body: bytes, content_type: str) -> Coded:
    """Compress what will be answered more than once."""
    return Coded(
        content_type=content_type,
        digest=hashlib.sha256(body).hexdigest()[:20],
        bodies={
            "br": brotli.compress(body, quality=BROTLI_QUALITY),
            "gzip": gzip.compress(body, mtime=0),
            "identity": body,
        },
    )


def respond(coded: Coded, cache_control: str, modified: str | None = None) -> Response:
    """Answer the request in a coding its client takes, or say that it has the same already.

    `modified` is an HTTP date since when nothing of it has changed.
    """
    headers = request.headers
    asked = headers.get("If-None-Match"), headers.get("If-Modified-Since")
    if is_known(coded.etag, modified, *asked):
        response = Response(status=304)
    else:
        coding = choose_coding(request.headers.get("Accept-Encoding", ""))
        response = Response(coded.bodies[coding])
        if coding != "identity":
            response.headers["Content-Encoding"] = coding
    response.headers["Content-Type"] = coded.content_type
    response.headers["Cache-Control"] = cache_control
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["ETag"] = coded.etag
    if modified is not None:
        response.headers["Last-Modified"] = modified
    return response


@lru_cache(maxsize=256)
def choose_coding(accepted: str) -> str:
    """Return the best coding of those in an Accept-Encoding; one weighed with q=0 is refused."""
    offered = {
        part.partition(";")[0].strip()
        for part in accepted.lower().split(",")
        if not REFUSED.search(part)
    }
    return next((coding for coding in ("br", "gzip") if coding in offered), "identity")


def is_known(etag: str, modified: str | None, asked: str | None, since: str | None) -> bool:
    """Return whether the client has this answer (RFC 9110, section 13.2.2).

    `asked` is its If-None-Match, which alone decides where there is one; `since` its
    If-Modified-Since, of which what is no date says nothing.
    """
    if asked is not None:
        return any(
            part.strip() in (etag, etag.removeprefix("W/"), "*") for part in asked.split(",")
        )
    known, changed = parse_date(since), parse_date(modified)
    return known is not None and changed is not None and changed <= known
