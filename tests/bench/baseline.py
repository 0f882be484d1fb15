"""What the application is compared with: the least that Flask on the same server can do.

`python -m tests.bench.baseline NAME PORT WORKERS` serves one of the two, as `campaigns web` serves.
"""

import os
import sys

from flask import Flask
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from sqlalchemy import create_engine, text

# Importing it registers SQLite's pragmas and transactions: the row is as durable as a signature.
import campaigns.db  # noqa: F401

hello = Flask("hello")
insert = Flask("insert")
TABLE = "CREATE TABLE IF NOT EXISTS bench_row (id INTEGER, content TEXT)"
ROW = text("INSERT INTO bench_row VALUES (:id, :content)")

engine = create_engine(os.environ.get("BENCH_DATABASE_URL", "sqlite://"))


@hello.get("/")
def say_hello() -> str:
    """Answer with a word."""
    return "Hello, world!"


@insert.post("/")
def insert_row() -> tuple[str, int]:
    """Make one row durable, then answer."""
    with engine.begin() as connection:
        connection.execute(ROW, {"id": 1, "content": "x" * 100})
    return "", 204


if __name__ == "__main__":
    name, port, workers = sys.argv[1:]
    Granian(
        f"tests.bench.baseline:{name}",
        address="127.0.0.1",
        port=int(port),
        interface=Interfaces.WSGI,
        workers=int(workers),
        log_level=LogLevels.error,
    ).serve()
