"""Every behaviour of the vendor that the reference leaves open, or that only some clouds show."""

from __future__ import annotations

from dataclasses import dataclass, field

API_AREAS = (
    "accounts",
    "companies",
    "incidents",
    "integrations",
    "licensing",
    "maintenanceWindows",
    "network",
    "packages",
    "patchManagement",
    "phasr",
    "policies",
    "push",
    "quarantine",
    "reports",
)


def _default_limits() -> dict[str, tuple[int, float]]:
    return {"general": (10, 1.0), "companies": (5, 1.0), "incidents": (3, 60.0), "push": (5, 60.0)}


@dataclass
class Switches:
    """What the simulator does where vendors, editions and clouds differ.

    Envelope and access:
        int_ids: integers are accepted as the envelope's ``id``.
        enabled_apis: areas that the key may use.
        general_denied: the key may not even call ``general.getApiKeyDetails``.
        area_refusal: ``403`` (HTTP 403, code -32000), ``-32000`` or ``-32001`` (HTTP 200).
        licence_missing: areas that answer -32001 for want of a licence.
        right_missing: areas and ``service.method`` names that answer -32001 for want of a right of
            the key's account, with HTTP 403 where ``area_refusal`` is; all areas: a dead key.
        customer_key: the key belongs to the first customer instead of the root partner.
        customer_companies_list: ``error`` or ``empty``, for a customer's getCompaniesList.
        service_suffix: on-premises, ``network`` is reachable as ``network/<suffix>`` only.
        suffix_of_more: so are ``policies`` and ``reports``, as older documentation says.
        missing_methods: ``service.method`` names, or ``service.method@v1.1``, that answer -32601.
        vanished_code: the code for an unknown incident, endpoint or row, -32602 or -32002.
        company_id_refused: a customer's key may not name a company, not even its own.

    Rate limits:
        rate_limits: whether they are enforced.
        limits: requests and seconds of each group: general, companies, incidents, push.
        rate_limit_reply: ``http`` (429 with HTML) or ``json`` (HTTP 200, code -32003).
        retry_after: the header of the 429, sent as it stands; "" for none.

    Incidents:
        change_absent: items carry no ``lastIncidentChange`` (it can still be filtered by).
        change_null_until_touched: it is null, and matches no window, until the incident changes.
        change_follows_engine: growth and re-processing move it too.
        change_filter_refused: its date pair answers -32602.
        sort_by_refused: ``options.sortBy`` answers -32602.
        sort_by_must_match: a date pair needs ``sortBy`` to name its own field.
        include_children_needed: child companies are listed only on ``includeChildCompanies``.
        status_ints: ``status`` is written as 1 to 4.
        naive_dates: dates carry no offset (local time of the company).
        mixed_offsets: dates of one row carry different offsets.
        only_numeric_offsets: request dates ending in ``Z`` answer -32602.
        end_exclusive: a window's end does not belong to it.
        max_window_days: a longer window answers -32602.
        filters_ignored: filters are checked and then forgotten.

    Lists:
        recursion_spans_companies: ``allItemsRecursively`` enters child companies.
        total_null: ``total`` is null.
        duplicate_rows: each page repeats its first row at its end.
        empty_page: the number of a page that is announced and comes back empty.
        totals_absent: pages carry neither ``total`` nor ``pagesCount``.
        arrays_wrapped: plain arrays come as ``{"items": [...]}``.
        lists_span_children: lists without ``companyId`` hold the rows of child companies too.

    Tables:
        groups_start_below_top: a company's groups are those in its "Computers and Groups".
        company_is_no_group: getCustomGroupsList takes no company as ``parentId``.
        quarantine_dates: ``local`` (naive, zone of the key's company), ``utc`` (naive) or
            ``offset``.
        products_as_list: ``returnAllProducts`` answers with a list and not with a page.
        no_monthly_licence_code: the code for usage without a monthly licence, -32000 or -32001.
        phasr_unsorted: recommendations come in the order in which they were made, unasked.
        phasr_bounds_exclusive: createdOnMin and createdOnMax do not belong to their range.
        push_never_configured: getPushEventSettings answers with an error.
        push_unset_code: the code of that error.
    """

    int_ids: bool = False
    enabled_apis: tuple[str, ...] = API_AREAS
    general_denied: bool = False
    area_refusal: str = "403"
    licence_missing: tuple[str, ...] = ()
    right_missing: tuple[str, ...] = ()
    customer_key: bool = False
    customer_companies_list: str = "error"
    service_suffix: str = ""
    suffix_of_more: bool = False
    missing_methods: tuple[str, ...] = ()
    vanished_code: int = -32602
    company_id_refused: bool = False

    rate_limits: bool = False
    limits: dict[str, tuple[int, float]] = field(default_factory=_default_limits)
    rate_limit_reply: str = "http"
    retry_after: str = "60, 60"

    change_absent: bool = False
    change_null_until_touched: bool = False
    change_follows_engine: bool = True
    change_filter_refused: bool = False
    sort_by_refused: bool = False
    sort_by_must_match: bool = False
    include_children_needed: bool = True
    status_ints: bool = False
    naive_dates: bool = False
    mixed_offsets: bool = False
    only_numeric_offsets: bool = False
    end_exclusive: bool = False
    max_window_days: float | None = None
    filters_ignored: bool = False

    recursion_spans_companies: bool = True
    total_null: bool = False
    duplicate_rows: bool = False
    empty_page: int | None = None
    totals_absent: bool = False
    arrays_wrapped: bool = False
    lists_span_children: bool = False

    groups_start_below_top: bool = False
    company_is_no_group: bool = False
    quarantine_dates: str = "local"
    products_as_list: bool = False
    no_monthly_licence_code: int = -32001
    phasr_unsorted: bool = False
    phasr_bounds_exclusive: bool = False
    push_never_configured: bool = False
    push_unset_code: int = -32000
