"""How a request shows that it comes from the holder of a key (section 1.3 of the API reference)."""

from __future__ import annotations

import hashlib
import secrets
import time

from tap_cortex_xdr.settings import CortexSettings

_NONCE_LENGTH = 64


class Signature:
    """Signs each request afresh: a key of level *advanced* never repeats a nonce or a time."""

    def __init__(self, settings: CortexSettings) -> None:
        self._key = settings.api_key
        self._key_id = settings.api_key_id
        self._advanced = settings.auth_type == "advanced"

    def __call__(self, headers: dict[str, str]) -> None:
        """Add the headers of a request by this key."""
        headers["x-xdr-auth-id"] = self._key_id
        if not self._advanced:
            headers["Authorization"] = self._key
            return
        nonce = secrets.token_hex(_NONCE_LENGTH // 2)
        timestamp = str(time.time_ns() // 1_000_000)
        signed = hashlib.sha256(f"{self._key}{nonce}{timestamp}".encode()).hexdigest()
        headers |= {"x-xdr-nonce": nonce, "x-xdr-timestamp": timestamp, "Authorization": signed}
