"""Check of how registered constellations are stored: encrypted, and with a key that is there."""

from domain.counted import counted
from domain.finding import Finding, fail, ok, warn
from storage.registry_keys import RegistryKeys
from storage.resealing import StoredConstellations

_WHAT = "Signatures"


def signatures(stored: StoredConstellations, keys: RegistryKeys | None) -> Finding:
    """Say whether whoever has the database alone can read registered constellations."""
    problem = None if keys is None else keys.problem()
    if problem is not None:
        found = f"{problem} {_missed(stored)}"
        return fail(
            _WHAT, found.strip(), "Nothing new is registered with a constellation till then."
        )
    if stored.unreadable:
        return fail(_WHAT, _missed(stored), _advice(keys))
    if keys is None:
        return _without_key(stored)
    if stored.plain or stored.older:
        parts = []
        if stored.plain:
            parts.append(f"{stored.plain:,} of {stored.all:,} constellations are not encrypted")
        if stored.older:
            parts.append(f"{stored.older:,} of {stored.all:,} are under an older key")
        return warn(_WHAT, "; ".join(parts), "Run: vigil registry-key apply")
    key = keys.current().name
    return ok(_WHAT, f"{counted(stored.all, 'constellation')}, encrypted with key {key}")


def _without_key(stored: StoredConstellations) -> Finding:
    if not stored.all:
        return ok(
            _WHAT, "no constellation is registered yet; without a key, they are not encrypted"
        )
    are = "is" if stored.all == 1 else "are"
    return warn(
        _WHAT,
        f"{counted(stored.all, 'constellation')} of registered pictures {are} not encrypted: "
        "blurred drawings can be made from a stolen database or backup",
        "vigil registry-key make PATH, set VIGIL_REGISTRY_KEY_FILE to it, vigil registry-key apply",
    )


def _missed(stored: StoredConstellations) -> str:
    if not stored.unreadable:
        return ""
    return (
        f"{stored.unreadable:,} of {stored.all:,} constellations cannot be decrypted, so edited "
        "reposts of those pictures are missed; whole copies are found"
    )


def _advice(keys: RegistryKeys | None) -> str:
    put_back = (
        "Set VIGIL_REGISTRY_KEY_FILE to their key's file."
        if keys is None
        else f"Put the key that they were encrypted with below the first in {keys.path}."
    )
    return (
        f"{put_back} If it is lost: vigil register CASE FILE once more, in the same case, for "
        "whoever still has the file."
    )
