"""GravityZone's push settings: set up, shown and tested. The only writes to the vendor here.

Facts about the vendor: sections 2.15, 3.2 and 3.3 of its API reference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from edr_tap_kit.errors import EdrTapError, RowVanished

from tap_gravityzone.bodies import Format
from tap_gravityzone.client import GravityZoneClient

# Those of the vendor's table of event types that a cloud installation sends.
EVENT_TYPES = (
    "adcloud", "antiexploit", "aph", "av", "avc", "device-control", "dp", "endpoint-moved-in",
    "endpoint-moved-out", "exchange-malware", "exchange-organization-info",
    "exchange-user-credentials", "fw", "hd", "hwid-change", "install", "modules",
    "network-monitor", "network-sandboxing", "new-extended-incident", "new-incident",
    "ransomware-mitigation", "registration", "security-container-update-available",
    "storage-antimalware", "supa-update-status", "sva", "sva-load", "task-status",
    "troubleshooting-activity", "uc", "uninstall",
)  # fmt: skip
_SECRETS = ("authorization", "splunkAuthorization")
_HIDDEN = "(set)"
# What the counters of section 2.15 point to.
_CAUSES = {
    "configurationError": "the URL or the certificate is not usable",
    "connectionError": "no connection: DNS, firewall, or the receiver is down",
    "serviceError": "the push service itself failed",
    "statusCode300": "the receiver's address redirects",
    "statusCode400": "refused: Authorization or path differ, or a proxy refuses",
    "statusCode500": "the receiver or a proxy in front of it fails, or the disk is full",
    "timeout": "the receiver answers too late",
}


class OtherReceiver(EdrTapError):
    """The key already pushes to another URL."""


@dataclass(frozen=True)
class Wanted:
    """What the push service is to do; no ``event_types`` are all, no ``companies`` all managed."""

    url: str
    authorization: str = field(repr=False)
    form: Format = Format.JSON_RPC
    event_types: Sequence[str] = ()
    companies: Sequence[str] = ()
    check_certificate: bool = True


@dataclass(frozen=True)
class Status:
    """What the push service says of itself, without secrets, and what is wrong with that."""

    settings: Mapping[str, Any] | None
    stats: Mapping[str, Any]

    @property
    def is_on(self) -> bool:
        """Whether events are pushed."""
        return self.settings is not None and self.settings.get("status") == 1

    @property
    def remarks(self) -> list[str]:
        """What an operator should know or do, one sentence each."""
        if self.settings is None:
            return ["Never set up: run `tap-gravityzone-receiver configure --url https://...`."]
        found = [f"{count} errors: {_CAUSES[name]}." for name, count in self._errors().items()]
        if not self.is_on:
            found.insert(
                0,
                "Switched off. GravityZone does that after repeated failures, and drops events "
                "beyond the first 1000. Mend what the counters show, then run "
                "`tap-gravityzone-receiver configure` again.",
            )
        types = self.settings.get("subscribeToEventTypes")
        off = [name for name, on in types.items() if not on] if isinstance(types, dict) else []
        if off:
            found.append(f"Not subscribed: {', '.join(sorted(off))}.")
        return found

    def _errors(self) -> dict[str, int]:
        counters = self.stats.get("error")
        counted = counters if isinstance(counters, dict) else {}
        return {name: counted[name] for name in _CAUSES if counted.get(name)}


class PushService:
    """The push service as one key sees it; all methods raise ``EdrTapError``."""

    def __init__(self, client: GravityZoneClient) -> None:
        self._client = client

    def status(self) -> Status:
        """Return settings and counters."""
        try:
            settings = self._client.call("push.getPushEventSettings")
        except RowVanished:
            return Status(None, {})
        stats = self._client.call("push.getPushEventStats")
        return Status(_without_secrets(settings), stats if isinstance(stats, dict) else {})

    def configure(self, wanted: Wanted, *, replace: bool) -> Status:
        """Switch the push on with new settings and return what the vendor then says.

        Raises:
            OtherReceiver: The key pushes to another URL, and that is not to be replaced.
        """
        known = self.status().settings or {}
        url = known.get("serviceSettings", {}).get("url")
        if url not in (None, wanted.url) and not replace:
            raise OtherReceiver(
                f"This key pushes to {url}. A key has one receiver: add --replace to take it over, "
                "or use a key of its own."
            )
        # The vendor's own names, where it tells them: they differ by installation.
        types = list(known.get("subscribeToEventTypes") or EVENT_TYPES)
        chosen = wanted.event_types or types
        params: dict[str, Any] = {
            "status": 1,
            "serviceType": str(wanted.form),
            "serviceSettings": _service_settings(wanted),
            "subscribeToEventTypes": {name: name in chosen for name in {*types, *chosen}},
        }
        if wanted.companies:
            params["subscribeToCompanies"] = list(wanted.companies)
        self._client.call("push.setPushEventSettings", params)
        return self.status()

    def send_test(self, event_type: str) -> None:
        """Have the vendor push a test event."""
        self._client.call("push.sendTestPushEvent", {"eventType": event_type})


def _service_settings(wanted: Wanted) -> dict[str, Any]:
    header = "splunkAuthorization" if wanted.form == Format.SPLUNK else "authorization"
    return {
        "url": wanted.url,
        "requireValidSslCertificate": wanted.check_certificate,
        header: wanted.authorization,
    }


def _without_secrets(settings: Any) -> dict[str, Any]:
    shown = dict(settings) if isinstance(settings, dict) else {}
    service = shown.get("serviceSettings")
    shown["serviceSettings"] = {
        name: _HIDDEN if name in _SECRETS and value else value
        for name, value in (service.items() if isinstance(service, dict) else ())
    }
    return shown
