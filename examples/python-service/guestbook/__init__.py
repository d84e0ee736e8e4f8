"""A guestbook: who was here."""
