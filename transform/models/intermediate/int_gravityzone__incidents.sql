-- Incidents of GravityZone in the terms of OCSF. docs/ocsf.md has the table.
with incidents as (
    select
        stg.*,
        {{ json_text('details', ['detectionName']) }} as detection_name,
        {{ json_text('assignee', ['userId']) }} as assignee_user_id,
        -- Some back ends send a bare user id, which the tap keeps aside.
        {{ json_text('unknown_fields', ['assignee']) }} as assignee_bare_id,
        {{ json_text('assignee', ['userName']) }} as assignee_user_name,
        {{ json_text('company', ['id']) }} as company_uid,
        {{ json_text('company', ['name']) }} as company_name
    from {{ ref('stg_gravityzone__incidents') }} as stg
),

alerts as (
    select tenant, incident_id, count(*) as alert_count
    from {{ ref('stg_gravityzone__alerts') }}
    group by tenant, incident_id
)

select
    incidents.tenant,
    'gravityzone' as product,
    incidents.incident_id as incident_uid,
    {{ key_of(['incidents.tenant', "'gravityzone'", 'incidents.incident_id']) }} as incident_key,
    coalesce({{ nonempty('incidents.detection_name') }}, 'Incident') as title,
    {{ nonempty('incidents.detection_name') }} as description,
    {{ severity_of_score('incidents.severity_score') }} as severity_id,
    cast(incidents.severity_score as {{ type_double() }}) as risk_score,
    incidents.status as vendor_status,
    {{ gravityzone_incident_status('incidents.status') }} as status_id,
    {{ gravityzone_verdict('incidents.status') }} as verdict_id,
    {{ gravityzone_priority('incidents.priority') }} as priority_id,
    coalesce(incidents.assignee_user_id, incidents.assignee_bare_id) as assignee_uid,
    incidents.assignee_user_name as assignee_name,
    {{ null_of('string') }} as assignee_email,
    incidents.created as first_activity_at,
    incidents.born_at as created_at,
    incidents.changed_at as modified_at,
    -- lastUpdated and lastProcessed do not move when an analyst closes an incident.
    case
        when {{ gravityzone_incident_status('incidents.status') }} = 5
            then incidents.last_incident_change
    end as vendor_closed_at,
    {{ json_text('incidents.details', ['computerId']) }} as device_uid,
    {{ json_text('incidents.details', ['computerName']) }} as device_name,
    incidents.company_uid,
    incidents.company_name,
    {{ gravityzone_disposition('incidents.main_action') }} as disposition_id,
    coalesce(alerts.alert_count, 0) as alert_count,
    incidents.incident_link as src_url,
    incidents.loaded_at
from incidents
left join alerts
    on incidents.tenant = alerts.tenant and incidents.incident_id = alerts.incident_id
where incidents.deleted_at is null
