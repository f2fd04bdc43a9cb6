-- One row per mention of a tactic or a technique of MITRE ATT&CK: by an alert of Cortex XDR, by an
-- alert of GravityZone (XDR), by the details of an incident of GravityZone (EDR).
with cortex as (
    select
        tenant, 'cortex_xdr' as product, 'tactic' as kind, alert_id as detection_uid,
        cast(case_id as {{ dbt.type_string() }}) as incident_uid, endpoint_id as device_uid,
        detection_timestamp as seen_at, {{ element_text('mention') }} as mention
    from {{ ref('stg_cortex_xdr__alerts') }} as alerts
    {{ unnest_json('alerts.mitre_tactic_id_and_name', 'mention') }}
    union all
    select
        tenant, 'cortex_xdr', 'technique', alert_id,
        cast(case_id as {{ dbt.type_string() }}), endpoint_id, detection_timestamp,
        {{ element_text('mention') }}
    from {{ ref('stg_cortex_xdr__alerts') }} as alerts
    {{ unnest_json('alerts.mitre_technique_id_and_name', 'mention') }}
),

gravityzone as (
    select
        alerts.tenant, 'tactic' as kind,
        {{ key_of(['alerts.incident_id', 'alerts.id']) }} as detection_uid,
        alerts.incident_id as incident_uid, incidents.device_uid, alerts.vendor_date as seen_at,
        {{ null_of('string') }} as attack_uid, alerts.tactic as attack_name
    from {{ ref('stg_gravityzone__alerts') }} as alerts
    left join {{ ref('int_gravityzone__incidents') }} as incidents
        on alerts.tenant = incidents.tenant and alerts.incident_id = incidents.incident_uid
    where {{ nonempty('alerts.tactic') }} is not null
    union all
    -- One technique may serve several tactics of an incident.
    select distinct
        mitre.tenant, 'technique', {{ null_of('string') }}, mitre.incident_id, incidents.device_uid, incidents.first_activity_at, mitre.id,
        mitre.name
    from {{ ref('stg_gravityzone__incident_mitre') }} as mitre
    inner join {{ ref('int_gravityzone__incidents') }} as incidents
        on mitre.tenant = incidents.tenant and mitre.incident_id = incidents.incident_uid
    union all
    select distinct
        mitre.tenant, 'tactic', {{ null_of('string') }}, mitre.incident_id, incidents.device_uid, incidents.first_activity_at,
        {{ null_of('string') }}, mitre.category
    from {{ ref('stg_gravityzone__incident_mitre') }} as mitre
    inner join {{ ref('int_gravityzone__incidents') }} as incidents
        on mitre.tenant = incidents.tenant and mitre.incident_id = incidents.incident_uid
)

select
    tenant, product, kind, detection_uid, incident_uid, device_uid, seen_at,
    {{ before('mention', ' - ') }} as attack_uid,
    {{ after('mention', ' - ') }} as attack_name
from cortex
where {{ nonempty('mention') }} is not null
union all
select
    gravityzone.tenant, 'gravityzone', gravityzone.kind, gravityzone.detection_uid,
    gravityzone.incident_uid, gravityzone.device_uid, gravityzone.seen_at,
    coalesce(gravityzone.attack_uid, tactics.tactic_uid, gravityzone.attack_name),
    coalesce(tactics.tactic_name, gravityzone.attack_name)
from gravityzone
left join {{ ref('mitre_tactics') }} as tactics
    on
        gravityzone.kind = 'tactic'
        and lower(replace(gravityzone.attack_name, '_', ' ')) = lower(tactics.tactic_name)
