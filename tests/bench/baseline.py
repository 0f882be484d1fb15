"""What the application is compared with: the least that Flask on the same server can do."""

import os

from flask import Flask
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
