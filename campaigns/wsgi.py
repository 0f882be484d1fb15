"""The WSGI entry point for a server's worker processes."""

from campaigns.app import create_app
from campaigns.cli import end_with_parent

end_with_parent()
app = create_app()
