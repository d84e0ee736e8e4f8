"""The database: PostgreSQL by DATABASE_URL, else SQLite."""

import os
import pathlib
import sqlite3

MIGRATIONS = pathlib.Path(__file__).parent.parent / "migrations"


class Database:
    """A connection. Statements are written with `?` for both kinds."""

    def __init__(self, url=None):
        self.url = url if url is not None else os.environ.get("DATABASE_URL", "")
        if self.url.startswith(("postgres://", "postgresql://")):
            import psycopg  # not needed with SQLite

            self.mark = "%s"
            self.connection = psycopg.connect(self.url, connect_timeout=5)
        else:
            self.mark = "?"
            self.connection = sqlite3.connect(self.url or "guestbook.db")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def run(self, statement, values=()):
        """Runs a statement and returns its rows."""
        cursor = self.connection.cursor()
        cursor.execute(statement.replace("?", self.mark), values)
        rows = cursor.fetchall() if cursor.description else []
        self.connection.commit()
        return rows


def migrate(database, folder=MIGRATIONS):
    """Applies what is not applied yet, in the order of the names; returns the names."""
    database.run("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY)")
    known = {name for (name,) in database.run("SELECT name FROM migrations")}
    new = [path for path in sorted(folder.glob("*.sql")) if path.name not in known]
    for path in new:
        for statement in filter(str.strip, path.read_text(encoding="utf-8").split(";")):
            database.run(statement)
        database.run("INSERT INTO migrations (name) VALUES (?)", (path.name,))
    return [path.name for path in new]
