"""The tap: its streams, its client and its connection check."""

from __future__ import annotations

from datetime import tzinfo
from functools import cached_property
from typing import Any, ClassVar

from edr_tap_kit.errors import EdrTapError, RunError
from edr_tap_kit.tap import EdrTap
from edr_tap_kit.transport import Transport
from typing_extensions import override

from tap_gravityzone.client import GravityZoneClient
from tap_gravityzone.companies import Company, wanted_companies
from tap_gravityzone.settings import CONFIG_JSONSCHEMA, GravityZoneSettings, extra_problems
from tap_gravityzone.streams import STREAM_TYPES
from tap_gravityzone.streams.base import GravityZoneStream

# The names under which keys were seen to list their APIs; those of others are not known.
_AREAS = frozenset(
    ["companies", "incidents", "network", "packages", "policies", "quarantine", "reports"]
)


class TapGravityZone(EdrTap):
    """Singer tap for Bitdefender GravityZone."""

    name = "tap-gravityzone"
    config_jsonschema: ClassVar[dict[str, Any]] = CONFIG_JSONSCHEMA
    stream_types = STREAM_TYPES
    settings_type = GravityZoneSettings
    settings: GravityZoneSettings

    @cached_property
    def client(self) -> GravityZoneClient:
        """The client of this run."""
        return GravityZoneClient(self.settings, self.report, self.logger)

    @cached_property
    def companies(self) -> tuple[list[Company], bool]:
        """The companies that the settings ask for, and whether these are all of them."""
        return wanted_companies(self.client, self.settings)

    @property
    @override
    def naive_zone(self) -> tzinfo:
        return self.settings.naive_zone

    @property
    @override
    def transport(self) -> Transport:
        return self.client.transport

    @override
    def settings_problems(self) -> list[str]:
        return super().settings_problems() or extra_problems(self._config)

    @override
    def unreadable(self) -> dict[str, str]:
        """Return the streams of APIs that the key lacks; names that are not known say nothing."""
        details = self.client.call("general.getApiKeyDetails")
        areas = details.get("enabledApis") if isinstance(details, dict) else None
        if not isinstance(areas, list):
            return {}
        enabled = {str(area).lower() for area in areas}
        return {
            name: f"The key lacks the API '{area}'. Enable it (My Account > API keys)."
            for name, stream in self.streams.items()
            if isinstance(stream, GravityZoneStream) and (area := stream.area) in _AREAS - enabled
        }

    @override
    def check_connection(self) -> list[str]:
        remarks = [f"URL: {self.settings.base_url}"]
        try:
            details = self.client.call("general.getApiKeyDetails")
        except RunError:
            raise
        except EdrTapError as error:
            if not self.answered:
                raise RunError(f"{error}") from error
            return [*remarks, f"Key: accepted, but it may not describe itself ({error})"]
        areas = details.get("enabledApis") if isinstance(details, dict) else None
        named = ", ".join(map(str, areas)) if isinstance(areas, list) else "not told"
        return [*remarks, f"Key: accepted; enabled APIs: {named}. GravityZone keys do not expire."]
