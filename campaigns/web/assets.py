"""Style sheets joined into one hashed file, and hashed addresses for everything static."""

import mimetypes
from functools import cache
from pathlib import Path

from flask import Flask, Response, abort, request, url_for

from campaigns.web.codings import Coded, code, respond

IMMUTABLE = "public, max-age=31536000, immutable"
FIRST = ("tokens.css", "base.css")


def init_assets(app: Flask, static: Path) -> None:
    """Serve the joined style sheet, and give templates `stylesheet_url` and `static_url`."""
    files = {path.relative_to(static).as_posix(): path for path in static.rglob("*.*")}
    css = code(join_stylesheets(static / "css"), "text/css; charset=utf-8")
    name = f"site-{css.digest}.css"

    @cache
    def asset(filename: str) -> Coded:
        content_type = mimetypes.guess_type(filename)[0] or "application/octet-stream"
        text = content_type.startswith("text/") or content_type == "image/svg+xml"
        return code(
            files[filename].read_bytes(), content_type + ("; charset=utf-8" if text else "")
        )

    @app.get("/static/<path:filename>", endpoint="static")
    def static_file(filename: str) -> Response:
        if filename not in files:
            abort(404)
        found = asset(filename)
        current = request.args.get("v") == found.digest
        return respond(found, IMMUTABLE if current else "no-cache")

    @app.get("/stylesheets/<filename>", endpoint="stylesheet")
    def stylesheet(filename: str) -> Response:
        if filename != name:
            abort(404)
        return respond(css, IMMUTABLE)

    app.jinja_env.globals["stylesheet_url"] = lambda: url_for("stylesheet", filename=name)
    app.jinja_env.globals["static_url"] = lambda path: url_for(
        "static", filename=path, v=asset(path).digest
    )


def join_stylesheets(folder: Path) -> bytes:
    """Return tokens, base and then every component's style sheet, in the order of their names."""
    others = sorted(path.name for path in folder.glob("*.css") if path.name not in FIRST)
    return b"\n".join((folder / name).read_bytes() for name in (*FIRST, *others))
