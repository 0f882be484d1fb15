"""One spelling of a web address for all that lead to the same article; only to compare them by."""

import re
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import idna

DEFAULT_PORTS = frozenset((80, 443))
# What newsletters, networks and advertisers add to follow a reader.
TRACKING = re.compile(
    r"(?:utm_|mtm_|pk_|piwik_|hsa_|_hs|oly_|vero_|mc_)\w*"
    r"|(?:fb|g|dc|y|tw|tt|ms|s|wick)?clid|li_fat_id|gclsrc|[gw]braid|msclkid|igshid?|_ga|_gl"
    r"|ref_src|ref_url|cmpid|ncid|s_cid|xtor|__twitter_impression|amp_js_v|smid",
    re.IGNORECASE,
)


def canonical_address(address: str) -> str:
    """Return a web address without what makes no difference to what is read there.

    That is the scheme, capitals in the host, the dot at its end, a default port, the fragment,
    parameters that only follow a reader, and their order. What is no web address stays as it is.
    """
    try:
        parts = urlsplit(address.strip())
        port = parts.port
    except ValueError:
        return address
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return address
    host = _host(parts.hostname)
    if port is not None and port not in DEFAULT_PORTS:
        host = f"{host}:{port}"
    asked = parse_qsl(parts.query, keep_blank_values=True)
    kept = sorted(pair for pair in asked if not TRACKING.fullmatch(pair[0]))
    query = f"?{urlencode(kept)}" if kept else ""
    return f"https://{host}{_path(parts.path)}{query}"


def _host(name: str) -> str:
    plain = name.lower().rstrip(".")
    try:
        return idna.encode(plain, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        return plain


def _path(path: str) -> str:
    """One way to write the signs of a path; a slash that is encoded stays so."""
    pieces = (quote(unquote(piece, errors="surrogateescape"), safe="~", errors="surrogateescape")
              for piece in path.split("/"))  # fmt: skip
    return "/".join(pieces) or "/"
