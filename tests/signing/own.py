"""What signers do with what they gave, by the links mailed to them."""

from collections.abc import Callable

from werkzeug.test import TestResponse

from campaigns.mail.messages import writing_in
from campaigns.petitions.mails import my_signature_url
from campaigns.petitions.models import Signature
from tests.fixtures.auditing import AuditingClient
from tests.signing.visitors import ADDRESS, path_of

Deliver = Callable[[], int]


def ask(client: AuditingClient, email: str = ADDRESS, **fields: str) -> TestResponse:
    """Type an address to be mailed the links to what it has signed."""
    return client.post("/my-signature", data={"email": email, **fields})


def own(signature: Signature) -> str:
    """The path of the page a signature's owner is mailed the link to."""
    with writing_in(None):
        return path_of(my_signature_url(signature.id))


def read(client: AuditingClient, path: str) -> str:
    """A page that is there."""
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)
