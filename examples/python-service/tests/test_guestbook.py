"""The service over its functions, on the database that CI starts, else on SQLite."""

import os
import pathlib
import tempfile
import unittest

from guestbook.database import Database, migrate
from guestbook.server import answer


class Guestbook(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.url = os.environ.get("DATABASE_URL") or str(pathlib.Path(self.folder.name) / "test.db")
        with Database(self.url) as database:
            migrate(database)
            database.run("DELETE FROM guests")

    def ask(self, method, path, body=b""):
        return answer(method, path, body, self.url)

    def test_a_guest_is_remembered(self):
        self.assertEqual(self.ask("POST", "/guests", b'{"name": " Ada "}'), (201, {"name": "Ada"}))
        self.assertEqual(self.ask("GET", "/guests"), (200, ["Ada"]))

    def test_what_is_no_guest_is_refused(self):
        for body in [b"", b"[]", b"{}", b'{"name": 7}', b'{"name": " "}', b"\xff"]:
            self.assertEqual(self.ask("POST", "/guests", body)[0], 400, body)

    def test_health_says_the_version(self):
        os.environ["VERSION"] = "1.2.3"
        self.addCleanup(os.environ.pop, "VERSION")
        self.assertEqual(self.ask("GET", "/health"), (200, {"status": "ok", "version": "1.2.3"}))

    def test_without_tables_it_is_not_healthy(self):
        self.url = str(pathlib.Path(self.folder.name) / "empty.db")
        self.assertEqual(self.ask("GET", "/health")[0], 503)

    def test_migrations_run_once(self):
        with Database(self.url) as database:
            self.assertEqual(migrate(database), [])


if __name__ == "__main__":
    unittest.main()
