"""Style sheets joined into one hashed file, and hashed addresses for everything static."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, Response, abort, send_from_directory, url_for

IMMUTABLE = "public, max-age=31536000, immutable"
FIRST = ("tokens.css", "base.css")


def init_assets(app: Flask, static: Path) -> None:
    """Serve the joined style sheet, and give templates `stylesheet_url` and `static_url`."""
    css = join_stylesheets(static / "css")
    name = f"site-{_digest(css)}.css"

    @app.get("/static/<path:filename>", endpoint="static")
    def static_file(filename: str) -> Response:
        response = send_from_directory(static, filename)
        response.headers["Cache-Control"] = IMMUTABLE
        return response

    @app.get("/stylesheets/<filename>")
    def stylesheet(filename: str) -> Response:
        if filename != name:
            abort(404)
        response = Response(css, mimetype="text/css")
        response.headers["Cache-Control"] = IMMUTABLE
        return response

    @cache
    def version(path: str) -> str:
        return _digest((static / path).read_bytes())

    app.jinja_env.globals["stylesheet_url"] = lambda: url_for("stylesheet", filename=name)
    app.jinja_env.globals["static_url"] = lambda path: url_for(
        "static", filename=path, v=version(path)
    )


def join_stylesheets(folder: Path) -> bytes:
    """Return tokens, base and then every component's style sheet, in the order of their names."""
    others = sorted(path.name for path in folder.glob("*.css") if path.name not in FIRST)
    return b"\n".join((folder / name).read_bytes() for name in (*FIRST, *others))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]
