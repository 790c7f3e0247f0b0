"""Why a registered picture is suspended, resumed or unmuted: choices, and what is put on record."""

from enum import StrEnum


class SuspendReason(StrEnum):
    """Why nothing of a picture is to be flagged for a while."""

    EVERYWHERE = "It shows something that is everywhere."
    OTHERS = "It is flagged again and again for pictures of other people."
    ASKED = "The person asked to stop it for a while."


class ResumeReason(StrEnum):
    """Why a suspended picture is to flag again."""

    HERS = "It is her picture, and what it finds is worth a look."
    MISTAKE = "It was suspended by mistake."
    ASKED = "The person asked for it."


class UnmuteReason(StrEnum):
    """Why all places of a picture are to count again."""

    HERS = "What was muted belongs to her picture."
    MISSED = "A copy was missed because of it."


class EndReason(StrEnum):
    """Why a case or a picture is withdrawn, or a case erased."""

    ASKED = "The person asked for it."
    MISTAKE = "It was registered by mistake."
    LAW = "The law asks for it."
