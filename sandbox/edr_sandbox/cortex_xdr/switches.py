"""What a simulated tenant does where the reference is unsure, or where tenants differ."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

Missing = Literal["no", "404_json", "404_html", "500"]
Support = Literal["honoured", "refused", "ignored"]


@dataclass
class Switches:
    """The defaults are a well-behaved 3.x tenant read strictly.

    ``calls_missing``, ``role_missing``, ``licence_missing`` and ``transient_call`` hold parts of
    call names.
    ``lte``, ``total``, ``times`` and the like disguise or bend answers; the truth of the world
    knows nothing of them.
    """

    # Calls that are not there, or not for this key.
    v2_missing: Missing = "no"
    v1_multi_missing: Missing = "no"
    v1_missing: Missing = "no"
    incidents_missing: Missing = "no"
    cases_missing: Missing = "no"
    issues_missing: Missing = "no"
    calls_missing: tuple[str, ...] = ()
    role_missing: tuple[str, ...] = ()
    licence_missing: tuple[str, ...] = ()
    unknown_path: Literal[404, 500] = 404

    # Sorts and filters outside the documentation.
    server_sort: Support = "honoured"
    last_modified_filter: Support = "honoured"
    first_seen_sort: Support = "honoured"
    endpoint_id_sort: Support = "honoured"
    first_seen_filter: Support = "honoured"
    audit_time_sort: Support = "honoured"
    endpoint_keyword: Literal["upper", "any"] = "upper"
    incident_id_order: Literal["number", "text"] = "number"
    alert_sources_quirk: bool = False
    lte: Literal["inclusive", "exclusive"] = "inclusive"

    violation_sort: Literal["keyword", "value"] = "keyword"
    compliance_paging: Literal["honoured", "refused", "ignored"] = "honoured"
    report_bounds: Literal["exact", "whole_ms"] = "exact"

    # Bodies: the calls with an untyped one may take ``{}`` alone.
    bare_only: bool = False

    # Paging and counts.
    counts_swapped: bool = False
    objects_count: Literal["page", "matching"] = "page"
    vulnerability_end: Literal["empty", "repeated"] = "empty"
    deep_offsets: Literal["served", "empty", "refused"] = "served"
    total: Literal["true", "smaller", "null"] = "true"
    empty_counts: Literal["null", "zero", "missing"] = "null"
    empty_list: Literal["list", "null", "missing"] = "list"

    # Values on the wire.
    event_arrays: Literal["aligned", "nulls_dropped"] = "aligned"
    alert_ids_as_int: bool = False
    times: Literal["ms", "seconds", "floats", "text"] = "ms"
    artifact_spelling: Literal["schema", "recorded"] = "schema"
    report_version_field: Literal["TRAPSVERSION", "XDRVERSION"] = "TRAPSVERSION"
    roles_nested: bool = False
    tenant_form: Literal["object", "list"] = "object"
    assets_form: Literal["metadata", "upper"] = "metadata"
    vulnerabilities_key: Literal["data", "DATA", "vulnerabilities"] = "data"
    compliance_key: Literal["data", "DATA"] = "data"
    api_keys_shape: Literal["list", "object"] = "list"

    # XQL: looks at a query until it is finished, how it ends, its time frame, and its sizes.
    # ``xql_total`` is the count that a result cut at ``xql_cap`` rows claims to have.
    xql_pending_polls: int = 1
    xql_status_case: Literal["upper", "lower"] = "upper"
    xql_outcome: Literal["SUCCESS", "PARTIAL_SUCCESS", "FAIL", "CANCELED", "TIMEOUT"] = "SUCCESS"
    xql_to: Literal["inclusive", "exclusive"] = "inclusive"
    xql_stream_above: int = 1000
    xql_cap: int = 1_000_000
    xql_total: int = 1_000_000
    xql_quota_exhausted: bool = False
    xql_others_running: int = 0

    # Errors and limits.
    validation_errors: Literal["text", "objects"] = "text"
    rules_599: bool = False
    identity_threat_missing: bool = False
    missing_incident: Literal[404, 500] = 500
    transient_500: int = 0
    transient_call: str = ""
    rate_limit: bool = False
    rate_per_second: int = 10
    details_per_minute: int = 10
    retry_after: Literal["seconds", "date", "absent", "pair", "html"] = "seconds"
    clock_skew_check: bool = True
    replay_check: bool = True

    def set(self, **changes: object) -> None:
        """Change switches by name; ``ValueError`` for an unknown name or value."""
        hints = get_type_hints(Switches)
        checked = {name: _checked(name, hints.get(name), value) for name, value in changes.items()}
        for name, value in checked.items():
            setattr(self, name, value)

    def state(self) -> dict[str, Any]:
        """Return every switch with its position."""
        return asdict(self)

    def restore(self, state: dict[str, Any]) -> None:
        """Put every switch back to an earlier ``state``."""
        for entry in fields(self):
            setattr(self, entry.name, state[entry.name])


def _checked(name: str, hint: object, value: object) -> object:
    if hint is None:
        raise ValueError(f"no switch is called {name}")
    if get_origin(hint) is Literal:
        if value in get_args(hint) and not isinstance(value, bool):
            return value
        raise ValueError(f"{name} is one of {get_args(hint)}, not {value!r}")
    if get_origin(hint) is tuple:
        if isinstance(value, list | tuple) and all(isinstance(part, str) for part in value):
            return tuple(value)
        raise ValueError(f"{name} is a list of texts, not {value!r}")
    if type(value) is hint:
        return value
    raise ValueError(f"{name} is of type {hint}, not {value!r}")
