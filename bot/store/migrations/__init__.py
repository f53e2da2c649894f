"""The steps that bring a database to today's tables.py; each stays as it was when it was released."""
