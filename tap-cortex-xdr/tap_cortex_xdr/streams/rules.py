"""Rules, indicators and exceptions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from edr_tap_kit.pages import Row
from typing_extensions import override

from tap_cortex_xdr.streams.tables import ReplyStream, TableStream


class RuleStream(TableStream):
    """Base of what the detection engine matches: its answers have no ``reply``."""

    list_key = "objects"
    member = "objects"

    @override
    def request(self, offset: int) -> dict[str, Any]:
        return {**super().request(offset), "extended_view": True}


class Iocs(RuleStream):
    """Indicators of compromise (``indicators/get``)."""

    name = "iocs"
    primary_keys = ("rule_id",)
    path = "v1/indicators/get"


class Biocs(RuleStream):
    """Behavioural indicators (``bioc/get``)."""

    name = "biocs"
    primary_keys = ("rule_id",)
    path = "v1/bioc/get"
    open_ended = True


class CorrelationRules(RuleStream):
    """Correlation rules (``correlations/get``)."""

    name = "correlation_rules"
    primary_keys = ("id",)
    path = "v1/correlations/get"
    open_ended = True


class LegacyExceptions(TableStream):
    """Exceptions of the legacy agent (``legacy_exceptions/fetch``)."""

    name = "legacy_exceptions"
    primary_keys = ("id",)
    path = "v1/legacy_exceptions/fetch"
    list_key = "DATA"
    sort_field = "id"


class DisablePreventionRules(TableStream):
    """Rules that switch prevention off, of either kind: a call each."""

    name = "disable_prevention_rules"
    primary_keys = ("rule_id", "_kind")
    list_key = "data"
    path = "v1/disable_prevention/fetch"
    other_paths = ("v1/disable_injection_prevention_rules/fetch",)
    _kind = "disable_prevention"

    @override
    def table(self) -> Iterator[list[Row]]:
        for self._kind in ("disable_prevention", "disable_injection_prevention"):
            yield from super().table()

    @property
    @override
    def call_path(self) -> str:
        return self.path if self._kind == "disable_prevention" else self.other_paths[0]

    @override
    def prepared(self, row: Row) -> Row:
        return {**row, "_kind": self._kind}


class AlertExclusions(ReplyStream):
    """Conditions under which alerts are hidden (``alerts_exclusion``)."""

    name = "alert_exclusions"
    primary_keys = ("ALERT_WHITELIST_ID",)
    path = "v1/alerts_exclusion/"
