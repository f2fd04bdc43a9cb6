"""The tap: its streams, its client and its connection check."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, ClassVar

from edr_tap_kit.errors import EdrTapError, RunError
from edr_tap_kit.probing import is_marked
from edr_tap_kit.stream import EdrStream
from edr_tap_kit.tap import EdrTap
from edr_tap_kit.transport import Transport
from typing_extensions import override

from tap_cortex_xdr.client import CortexClient
from tap_cortex_xdr.settings import CONFIG_JSONSCHEMA, CortexSettings, extra_problems
from tap_cortex_xdr.streams import STREAM_TYPES
from tap_cortex_xdr.streams.xql import XqlStream
from tap_cortex_xdr.xql import XqlClient
from tap_cortex_xdr.xql_quota import Quota
from tap_cortex_xdr.xql_settings import XqlQuery, query_problems

_EXPIRY_WARNING_DAYS = 14
_SKEW_WARNING_SECONDS = 60


class TapCortexXDR(EdrTap):
    """Singer tap for Palo Alto Networks Cortex XDR."""

    name = "tap-cortex-xdr"
    config_jsonschema: ClassVar[dict[str, Any]] = CONFIG_JSONSCHEMA
    stream_types = STREAM_TYPES
    settings_type = CortexSettings
    settings: CortexSettings

    @cached_property
    def client(self) -> CortexClient:
        """The client of this run."""
        return CortexClient(self.settings, self.report, self.logger)

    @cached_property
    def xql(self) -> XqlClient:
        """What runs XQL queries in this run."""
        quota = Quota(self.client.post, self.settings.xql_quota_floor)
        return XqlClient(self.client.post, self.settings, quota)

    @override
    def prepare_catalog(self) -> None:
        super().prepare_catalog()
        if self.answered:  # else each query would wait for the same host in vain
            self._infer_schemas()

    def _infer_schemas(self) -> None:
        for stream in self.streams.values():
            if not isinstance(stream, XqlStream) or is_marked(stream):
                continue
            try:
                stream.infer_schema()
            except EdrTapError as error:
                self.logger.warning(
                    "Stream '%s': no columns but the keys, the others are in _extra: %s",
                    stream.name, error,
                )  # fmt: skip
                if isinstance(error, RunError):
                    return

    @property
    @override
    def transport(self) -> Transport:
        return self.client.transport

    @override
    def settings_problems(self) -> list[str]:
        return super().settings_problems() or extra_problems(self._config) or self._query_problems()

    @override
    def discover_streams(self) -> Sequence[EdrStream]:
        # Discovery does without usable settings, but not without usable queries.
        if found := self._query_problems():
            raise RunError(" ".join(found))
        queries = map(XqlQuery.from_entry, self.config.get("xql_queries") or ())
        return [*super().discover_streams(), *(XqlStream(self, query) for query in queries)]

    def _query_problems(self) -> list[str]:
        entries = self._config.get("xql_queries") or []
        return query_problems(entries, (each.name for each in self.stream_types))

    @override
    def check_connection(self) -> list[str]:
        remarks = [f"URL: {self.settings.base_url}", self._key_remark()]
        skew = self._clock_skew()
        if skew is not None:
            remarks.append(f"Clock: {skew:+.0f} s against the server")
            if abs(skew) > _SKEW_WARNING_SECONDS:
                remarks.append("WARNING: set this machine's clock; advanced keys depend on it.")
        return remarks

    def _key_remark(self) -> str:
        level = f"Key {self.settings.api_key_id} ({self.settings.auth_type})"
        try:
            keys = self.client.post("v1/api_keys/get_api_keys", {})
        except RunError:
            raise
        except EdrTapError:
            return f"{level}: this tenant does not tell when it expires"
        expires = _expiration(keys, self.settings.api_key_id)
        if expires is None:
            return f"{level}: accepted; no expiration date"
        days = (expires - datetime.now(UTC)).days
        remark = f"{level}: accepted; expires in {days} days ({expires:%Y-%m-%d})"
        if days <= _EXPIRY_WARNING_DAYS:
            remark = f"WARNING: {remark}. Create a new key now."
        return remark

    def _clock_skew(self) -> float | None:
        server = self.transport.server_time
        return None if server is None else (datetime.now(UTC) - server).total_seconds()


def _expiration(reply: Any, key_id: str) -> datetime | None:
    """Return when a key expires, UTC, from a list of keys in whichever wrapper it came."""
    entries = reply
    if isinstance(reply, dict):
        entries = next((value for value in reply.values() if isinstance(value, list)), [])
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict) and str(entry.get("id")) == key_id:
            expires = entry.get("expiration")
            if isinstance(expires, int) and expires > 0:
                return datetime.fromtimestamp(expires / 1000, UTC)
    return None
