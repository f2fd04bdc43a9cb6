-- What a security analyst asks first. Each query begins at a line "-- ## title"; `make demo` prints
-- the answers. The tables are the streams, the columns are the vendors' own; all times are UTC.
--   duckdb output/warehouse.duckdb < scripts/demo.sql     (after `make run`)

-- ## GravityZone: open incidents by severity
-- severityScore is the vendor's 1 to 100; on-premises installations send the status as a code.
SELECT
    CASE
        WHEN severityScore >= 80 THEN '1 critical (80-100)'
        WHEN severityScore >= 60 THEN '2 high (60-79)'
        WHEN severityScore >= 30 THEN '3 medium (30-59)'
        WHEN severityScore IS NOT NULL THEN '4 low (1-29)'
        ELSE '5 not scored'
    END AS severity,
    count(*) AS open_incidents,
    -- An owner comes as an object, or as a bare user id, which is kept in _extra.
    sum(CASE WHEN coalesce(assignee, _extra -> '$.assignee') IS NULL THEN 1 ELSE 0 END)::BIGINT
        AS unassigned,
    min(created) AS oldest
FROM gravityzone.incidents
WHERE status IN ('open', 'in_progress', '1', '2')
GROUP BY 1
ORDER BY 1;

-- ## Cortex XDR: open incidents by severity
SELECT
    severity,
    count(*) AS open_incidents,
    sum(CASE WHEN coalesce(assigned_user_mail, '') = '' THEN 1 ELSE 0 END)::BIGINT AS unassigned,
    min(creation_time) AS oldest
FROM cortex_xdr.incidents
WHERE status NOT LIKE 'resolved%'
GROUP BY 1
ORDER BY
    list_position(['critical', 'high', 'medium', 'low', 'informational'], severity) NULLS LAST;

-- ## GravityZone: alerts per day, last ten days with any
SELECT
    date::DATE AS day,
    count(*) AS alerts,
    count(DISTINCT incidentId) AS incidents,
    bar(count(*), 0, max(count(*)) OVER (), 30) AS chart
FROM gravityzone.alerts
WHERE date IS NOT NULL
GROUP BY 1
ORDER BY 1 DESC
LIMIT 10;

-- ## Cortex XDR: alerts per day, last ten days with any
SELECT
    detection_timestamp::DATE AS day,
    count(*) AS alerts,
    sum(CASE WHEN severity IN ('high', 'critical') THEN 1 ELSE 0 END)::BIGINT AS high_or_critical,
    bar(count(*), 0, max(count(*)) OVER (), 30) AS chart
FROM cortex_xdr.alerts
WHERE detection_timestamp IS NOT NULL
GROUP BY 1
ORDER BY 1 DESC
LIMIT 10;

-- ## GravityZone: endpoints by state
-- The vendor leaves out flags that are false.
SELECT
    CASE
        WHEN details ->> 'isIsolated' = 'true' THEN 'isolated'
        WHEN coalesce(details ->> 'isManaged', 'false') = 'false' THEN 'not managed'
        WHEN details ->> 'productOutdated' = 'true' THEN 'managed, product outdated'
        WHEN details -> 'policy' ->> 'applied' = 'false' THEN 'managed, policy pending'
        ELSE 'managed, up to date'
    END AS state,
    count(*) AS endpoints
FROM gravityzone.endpoints
GROUP BY 1
ORDER BY 2 DESC;

-- ## Cortex XDR: endpoints by state
SELECT
    endpoint_status AS connection,
    operational_status AS protection,
    count(*) AS endpoints,
    sum(CASE WHEN is_isolated = 'AGENT_ISOLATED' THEN 1 ELSE 0 END)::BIGINT AS isolated,
    max(last_seen) AS last_seen
FROM cortex_xdr.endpoints
GROUP BY 1, 2
ORDER BY 3 DESC;

-- ## GravityZone: events by type
SELECT
    _event_type AS event_type,
    count(*) AS events,
    max(_event_time) AS newest
FROM gravityzone.events
GROUP BY 1
ORDER BY 2 DESC, 1
LIMIT 12;

-- ## Cortex XDR: events by type
SELECT
    event_type,
    count(*) AS events,
    count(DISTINCT alert_id) AS alerts,
    max(event_timestamp) AS newest
FROM cortex_xdr.events
GROUP BY 1
ORDER BY 2 DESC, 1
LIMIT 12;
