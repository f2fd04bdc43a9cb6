-- Detection Finding (2004): alerts of both products, and detections that GravityZone pushes.
{{ config(materialized='incremental', unique_key=['tenant', 'product', 'uid'],
          on_schema_change='append_new_columns') }}

with attacks as (
    select tenant, product, detection_uid, {{ json_agg(ocsf_attack(), 'kind, attack_uid') }} as attacks
    from {{ ref('int_attacks') }}
    where detection_uid is not null
    group by tenant, product, detection_uid
),

findings as (
    select
        detections.*,
        detections.detection_uid as uid,
        detections.detected_at as event_time,
        case when detections.status_id in (3, 4) then 3 else 1 end as activity_id,
        attacks.attacks
    from {{ incoming(ref('int_detections'), 'modified_at', uid='detection_uid') }} as detections
    left join attacks
        on
            detections.tenant = attacks.tenant
            and detections.product = attacks.product
            and detections.detection_uid = attacks.detection_uid
    where detections.detected_at is not null
)

select
    {{ ocsf_columns(2004) }},
    modified_at,
    status_id,
    verdict_id,
    action_id,
    disposition_id,
    vendor_status,
    incident_uid,
    title,
    rule_uid,
    rule_name,
    device_uid,
    device_name,
    device_ip,
    user_name,
    process_name,
    process_command_line,
    file_name,
    file_sha256,
    remote_ip,
    {{ as_document(json_object(ocsf_common(2004, ['security_control', 'host', 'incident'], 'incident_uid') + [
        ['finding_info', json_object([
            ['uid', 'uid'], ['title', 'title'], ['desc', 'description'],
            ['types', json_list_of('category')],
            ['created_time', epoch_ms('detected_at')],
            ['modified_time', epoch_ms('modified_at')],
            ['analytic', json_object_if([
                ['type_id', 'analytic_type_id'], ['name', 'rule_name'], ['uid', 'rule_uid'],
            ], ['rule_name'])],
            ['attacks', 'attacks'],
        ])],
        ['status_id', 'status_id'],
        ['status', 'vendor_status'],
        ['verdict_id', 'verdict_id'],
        ['action_id', 'action_id'],
        ['disposition_id', 'disposition_id'],
        ['is_alert', 'true'],
        ['message', 'title'],
        ['device', ocsf_device('device_uid', 'device_name', 'device_ip', 'os_type_id')],
        ['malware', json_list_of(json_object_if([
            ['name', 'malware_name'], ['classification_ids', json_list(['0'])],
        ], ['malware_name']))],
        ['evidences', json_list_of(json_object_if([
            ['process', ocsf_process(
                'process_pid', 'null', 'process_name', 'process_path', 'process_command_line',
                'process_sha256'
            )],
            ['file', ocsf_file('file_name', 'file_path', 'file_sha256')],
            ['user', ocsf_user('user_name')],
            ['dst_endpoint', ocsf_endpoint('remote_ip', 'remote_port')],
            ['url', json_object_if([['url_string', 'url']], ['url'])],
        ], ['process_pid', 'file_name', 'user_name', 'remote_ip', 'url']))],
    ])) }} as ocsf
from findings
