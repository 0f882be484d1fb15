"""What organisers decide: comments, names shown, and signatures that were held."""

from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, select, true, update

from campaigns.cases.models import Campaign
from campaigns.cases.operations import touch
from campaigns.db import db
from campaigns.petitions.erasure import erase_signatures
from campaigns.petitions.models import Petition, PublicSigner, Signature, SignatureState
from campaigns.petitions.queries import is_held
from campaigns.petitions.tallies import count_in
from campaigns.vault.erasures import Erased, record_erasures

CHUNK = 1000


def approve_comment(campaign: Campaign, signature_id: UUID) -> bool:
    """Show a comment beside its signer's name; False when this campaign has no such comment."""
    return _change(campaign, signature_id, PublicSigner.comment.is_not(None), comment_approved=True)


def delete_comment(campaign: Campaign, signature_id: UUID) -> bool:
    """Delete a comment, approved or not; False when this campaign shows no such signer."""
    return _change(campaign, signature_id, true(), comment=None, comment_approved=False)


def take_name_down(campaign: Campaign, signature_id: UUID) -> bool:
    """Show a signer's name no more, nor the comment; False when this campaign shows no such name.

    The signature counts as before.
    """
    touch(campaign)
    gone = db.session.scalar(
        delete(PublicSigner)
        .where(_is_shown(campaign, signature_id))
        .returning(PublicSigner.signature_id)
        .execution_options(synchronize_session=False)
    )
    if gone is not None:
        record_erasures(Erased.PUBLIC_PART, [signature_id])
    return gone is not None


def release_held(petition: Petition, day: date | None = None) -> int:
    """Count some held signatures, of all days or those confirmed on one; returns how many.

    Call it, and commit, until nothing is left. Two who do so at once share the work.
    """
    some = _some_held(petition, day)
    released = db.session.scalars(
        update(Signature)
        .where(Signature.id.in_(some), is_held())
        .values(state=SignatureState.CONFIRMED, held=False)
        .returning(Signature.id)
        .execution_options(synchronize_session=False)
    ).all()
    if released:
        count_in(petition.id, len(released))
    return len(released)


def delete_held(petition: Petition, day: date | None = None) -> int:
    """Erase some held signatures, which never counted; to be called as `release_held` is.

    Raises OSError as `erase_signatures` does.
    """
    some = db.session.scalars(_some_held(petition, day)).all()
    return len(erase_signatures(petition.id, Signature.id.in_(some), is_held()))


def _some_held(petition: Petition, day: date | None) -> Select[UUID]:
    some = select(Signature.id).where(Signature.petition_id == petition.id, is_held())
    if day is not None:
        some = some.where(Signature.confirmed_on == day)
    # Those that somebody else releases just now are theirs: neither waits for the other.
    return some.limit(CHUNK).with_for_update(skip_locked=True)


def _is_shown(campaign: Campaign, signature_id: UUID) -> ColumnElement[bool]:
    petition = select(Petition.id).where(Petition.campaign_id == campaign.id).scalar_subquery()
    return (PublicSigner.signature_id == signature_id) & (PublicSigner.petition_id == petition)


def _change(
    campaign: Campaign, signature_id: UUID, condition: ColumnElement[bool], **values: object
) -> bool:
    touch(campaign)
    changed = db.session.scalar(
        update(PublicSigner)
        .where(_is_shown(campaign, signature_id), condition)
        .values(**values)
        .returning(PublicSigner.signature_id)
        .execution_options(synchronize_session=False)
    )
    return changed is not None
