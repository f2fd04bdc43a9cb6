-- Incidents of Cortex XDR in the terms of OCSF. docs/ocsf.md has the table.
with alerts as (
    select
        tenant,
        cast(case_id as {{ dbt.type_string() }}) as incident_id,
        min(detection_timestamp) as first_activity_at
    from {{ ref('stg_cortex_xdr__alerts') }}
    group by tenant, cast(case_id as {{ dbt.type_string() }})
)

select
    incidents.tenant,
    'cortex_xdr' as product,
    incidents.incident_id as incident_uid,
    {{ key_of(['incidents.tenant', "'cortex_xdr'", 'incidents.incident_id']) }} as incident_key,
    -- The name is null until an analyst gives one.
    coalesce(
        {{ nonempty('incidents.incident_name') }}, {{ nonempty('incidents.description') }}, 'Incident'
    ) as title,
    coalesce(
        {{ nonempty('incidents.manual_description') }}, {{ nonempty('incidents.description') }}
    ) as description,
    {{ severity_of_word('coalesce(incidents.manual_severity, incidents.severity)') }}
        as severity_id,
    coalesce(
        incidents.manual_score, incidents.predicted_score, incidents.aggregated_score
    ) as risk_score,
    incidents.status as vendor_status,
    {{ cortex_status('incidents.status') }} as status_id,
    {{ cortex_verdict('incidents.status') }} as verdict_id,
    case when incidents.starred then 3 else 0 end as priority_id,
    {{ nonempty('incidents.assigned_user_mail') }} as assignee_uid,
    {{ nonempty('incidents.assigned_user_pretty_name') }} as assignee_name,
    {{ email_of('incidents.assigned_user_mail') }} as assignee_email,
    {{ earlier_of('alerts.first_activity_at', 'incidents.detection_time') }} as first_activity_at,
    incidents.creation_time as created_at,
    incidents.modification_time as modified_at,
    case
        when {{ cortex_status('incidents.status') }} = 4 then incidents.resolved_timestamp
    end as vendor_closed_at,
    {{ after(json_first_text('incidents.hosts'), ':') }} as device_uid,
    {{ nonempty(before(json_first_text('incidents.hosts'), ':')) }} as device_name,
    {{ null_of('string') }} as company_uid,
    {{ null_of('string') }} as company_name,
    0 as disposition_id,
    coalesce(incidents.alert_count, 0) as alert_count,
    incidents.xdr_url as src_url,
    incidents.loaded_at
from {{ ref('stg_cortex_xdr__incidents') }} as incidents
left join alerts
    on incidents.tenant = alerts.tenant and incidents.incident_id = alerts.incident_id
where incidents.deleted_at is null
