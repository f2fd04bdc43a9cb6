-- Incident Finding (2005): the incidents of both products in their newest state.
with detections as (
    select
        tenant, product, incident_uid,
        {{ json_agg(json_object([
            ['uid', 'detection_uid'], ['title', 'title'], ['created_time', epoch_ms('detected_at')],
        ]), 'detection_uid') }} as finding_info_list
    from {{ ref('int_detections') }}
    where incident_uid is not null
    group by tenant, product, incident_uid
),

attacks as (
    select
        tenant, product, incident_uid,
        {{ json_agg(ocsf_attack(), "kind, attack_uid") }} as attacks
    from (
        select tenant, product, incident_uid, kind, attack_uid, max(attack_name) as attack_name
        from {{ ref('int_attacks') }}
        where incident_uid is not null
        group by tenant, product, incident_uid, kind, attack_uid
    ) as mentions
    group by tenant, product, incident_uid
),

findings as (
    select
        incidents.*,
        incidents.incident_uid as uid,
        coalesce(incidents.modified_at, incidents.created_at) as event_time,
        incidents.created_at as logged_at,
        times.closed_at as end_time,
        case
            when incidents.status_id in (4, 5) then 3
            when incidents.modified_at > incidents.created_at then 2
            else 1
        end as activity_id,
        detections.finding_info_list,
        attacks.attacks
    from {{ ref('int_incidents') }} as incidents
    inner join {{ ref('int_incident_times') }} as times
        on incidents.incident_key = times.incident_key
    left join detections
        on
            incidents.tenant = detections.tenant
            and incidents.product = detections.product
            and incidents.incident_uid = detections.incident_uid
    left join attacks
        on
            incidents.tenant = attacks.tenant
            and incidents.product = attacks.product
            and incidents.incident_uid = attacks.incident_uid
)

select
    {{ ocsf_columns(2005) }},
    status_id,
    verdict_id,
    priority_id,
    vendor_status,
    title,
    first_activity_at as start_time,
    end_time,
    risk_score,
    assignee_uid,
    assignee_name,
    assignee_email,
    device_uid,
    device_name,
    src_url,
    {{ as_document(json_object(ocsf_common(2005, ['incident', 'host', 'security_control'], 'uid') + [
        ['status_id', 'status_id'],
        ['status', 'vendor_status'],
        ['verdict_id', 'verdict_id'],
        ['priority_id', 'priority_id'],
        ['message', 'title'],
        ['desc', 'description'],
        ['start_time', epoch_ms('first_activity_at')],
        ['end_time', epoch_ms('end_time')],
        ['risk_score', 'cast(floor(risk_score) as ' ~ type_of('integer') ~ ')'],
        ['src_url', 'src_url'],
        ['finding_info_list', 'coalesce(finding_info_list, ' ~ json_list([json_object([
            ['uid', 'uid'], ['title', 'title'],
        ])]) ~ ')'],
        ['attacks', 'attacks'],
        ['device', ocsf_device('device_uid', 'device_name', 'null')],
        ['assignee', json_object_if([
            ['uid', 'assignee_uid'], ['name', 'assignee_name'], ['email_addr', 'assignee_email'],
        ], ['assignee_uid', 'assignee_name'])],
        ['assignee_group', "case when coalesce(assignee_uid, assignee_name) is null then "
            ~ json_object([['name', "'unassigned'"]]) ~ " end"],
    ])) }} as ocsf
from findings
where coalesce(modified_at, created_at) is not null
