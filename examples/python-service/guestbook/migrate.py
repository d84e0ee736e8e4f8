"""Brings the database to the present state: `python -m guestbook.migrate`."""

from guestbook.database import Database, migrate

if __name__ == "__main__":
    with Database() as database:
        for name in migrate(database):
            print(f"applied {name}")
