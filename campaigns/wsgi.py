"""The WSGI entry point."""

from campaigns.app import create_app

app = create_app()
