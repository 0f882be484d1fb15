"""A campaign's names open with its key-holders' identities, and with nothing on the server."""

from base64 import b64decode
from pathlib import Path

import pyrage
import pytest
from flask import Flask
from sqlalchemy import delete, select

from campaigns.config import Settings
from campaigns.db import db
from campaigns.petitions.models import Signature
from campaigns.vault.errors import KeyMissing
from campaigns.vault.keyring import KEY_ENCRYPTION_KEY, read_mailer_keys
from campaigns.vault.models import KeyHolder, SealingKey, SealsFor
from campaigns.vault.operations import RECOVERY_IDENTITY, make_campaign_keys
from campaigns.vault.sealing import Binding, Purpose, open_fields
from tests.factories import make_campaign, make_petition, make_signature


def recovery_identity(keys: Path) -> pyrage.x25519.Identity:
    line = (keys / RECOVERY_IDENTITY).read_text().splitlines()[-1]
    return pyrage.x25519.Identity.from_str(line)


def campaign_key(campaign_id: int) -> SealingKey:
    return db.session.scalars(select(SealingKey).where(SealingKey.campaign_id == campaign_id)).one()


def test_the_recovery_identity_opens_a_campaigns_names(app: Flask, settings: Settings) -> None:
    petition = make_petition(make_campaign())
    # A comment is there to be shown: without that tick it is not even sealed.
    signature = make_signature(petition, name="Amal Signer", comment="Let them go.")
    key = campaign_key(petition.campaign_id)
    private = pyrage.decrypt(key.private_key_age or b"", [recovery_identity(settings.keys_path)])
    binding = Binding(Purpose.SIGNATURE_DETAILS, petition.campaign_id, signature.id.hex)
    opened = open_fields(signature.sealed_details, {key.key_id: private}, binding)
    assert opened == {"name": "Amal Signer", "comment": ""}


def test_nothing_else_on_the_server_opens_a_campaigns_names(app: Flask, settings: Settings) -> None:
    signature = make_signature(make_petition(make_campaign()))
    assert isinstance(signature, Signature)
    (settings.keys_path / RECOVERY_IDENTITY).unlink()
    left = {
        *read_mailer_keys(settings.mailer_key_file).values(),
        b64decode((settings.keys_path / KEY_ENCRYPTION_KEY).read_text()),
    }
    keys = db.session.scalars(select(SealingKey)).all()
    for key in keys:
        assert (key.private_key_age is None) == (key.seals_for == SealsFor.MAILER)
        for secret in left:
            binding = Binding(Purpose.SIGNATURE_DETAILS, key.campaign_id or 0, signature.id.hex)
            with pytest.raises(Exception, match=r"does not open|not here"):
                open_fields(signature.sealed_details, {key.key_id: secret}, binding)


def test_a_campaigns_own_key_holder_opens_it_and_no_other(app: Flask, settings: Settings) -> None:
    mine, other = make_campaign(), make_campaign()
    identity = pyrage.x25519.Identity.generate()
    db.session.add(KeyHolder(campaign_id=mine.id, recipient=str(identity.to_public())))
    db.session.execute(delete(SealingKey).where(SealingKey.campaign_id.is_not(None)))
    for campaign in (mine, other):
        make_campaign_keys(settings.keys_path, campaign.id)
    assert len(pyrage.decrypt(campaign_key(mine.id).private_key_age or b"", [identity])) == 32
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(campaign_key(other.id).private_key_age or b"", [identity])


def test_without_a_key_holder_no_campaign_gets_keys(app: Flask, settings: Settings) -> None:
    db.session.execute(delete(KeyHolder))
    with pytest.raises(KeyMissing, match="campaigns init"):
        make_campaign_keys(settings.keys_path, 7)
