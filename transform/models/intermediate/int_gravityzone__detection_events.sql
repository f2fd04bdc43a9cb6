-- Pushed events of GravityZone that are detections, in the terms of OCSF. docs/ocsf.md has the table.
-- Each is final: it has neither state nor verdict. Test events of the vendor are no detections.
with events as (
    select
        stg.*,
        coalesce(final_status, detection_action, status, {{ first_malware('actionTaken') }})
            as what_was_done,
        coalesce(
            {{ nonempty('malware_name') }}, {{ nonempty('detection_threat_name') }},
            {{ first_malware('malwareName') }}, {{ nonempty('threat_type') }},
            {{ nonempty('exploit_type') }}, {{ nonempty('attack_type') }}, event_type
        ) as threat
    from {{ ref('stg_gravityzone__events') }} as stg
    where
        event_type in (
            'av', 'hd', 'storage-antimalware', 'exchange-malware', 'avc', 'antiexploit',
            'ransomware-mitigation', 'network-sandboxing'
        )
        and coalesce(is_test, false) = false
        and deleted_at is null
)

select
    tenant,
    'gravityzone' as product,
    'event' as origin,
    event_id as detection_uid,
    {{ key_of(['tenant', "'gravityzone'", 'event_id']) }} as detection_key,
    {{ null_of('string') }} as incident_uid,
    threat as title,
    {{ null_of('string') }} as description,
    event_type as category,
    event_type as detection_source,
    {{ null_of('string') }} as rule_uid,
    threat as rule_name,
    case
        when event_type in ('av', 'hd', 'storage-antimalware', 'exchange-malware') then 5
        else 2
    end as analytic_type_id,
    {{ severity_of_word('severity') }} as severity_id,
    {{ null_of('string') }} as vendor_status,
    0 as status_id,
    0 as verdict_id,
    {{ action_of_disposition(gravityzone_event_disposition()) }} as action_id,
    {{ gravityzone_event_disposition() }} as disposition_id,
    event_time as detected_at,
    received_at as logged_at,
    received_at as modified_at,
    {{ nonempty('coalesce(endpoint_id, computer_id)') }} as device_uid,
    {{ nonempty('computer_name') }} as device_name,
    {{ ip_of(before('computer_ip', ',')) }} as device_ip,
    0 as os_type_id,
    coalesce(
        {{ nonempty(json_text('vendor_user', ['name'])) }},
        {{ nonempty(json_text('vendor_user', ['userName'])) }},
        {{ nonempty('detection_username') }}, {{ nonempty('username') }}
    ) as user_name,
    {{ file_name_of('coalesce(detection_path, process_info_path, exploit_path)') }} as process_name,
    coalesce(
        {{ nonempty('detection_path') }}, {{ nonempty('process_info_path') }},
        {{ nonempty('exploit_path') }}
    ) as process_path,
    {{ nonempty('process_info_command_line') }} as process_command_line,
    cast({{ nonempty('detection_pid') }} as {{ dbt.type_bigint() }}) as process_pid,
    {{ null_of('string') }} as process_sha256,
    {{ file_name_of("coalesce(file_path, " ~ json_first_text('file_paths') ~ ")") }} as file_name,
    coalesce({{ nonempty('file_path') }}, {{ nonempty(json_first_text('file_paths')) }})
        as file_path,
    coalesce({{ nonempty('file_hash_sha256') }}, {{ nonempty('vendor_hash') }},
        {{ nonempty('file_hash') }}) as file_sha256,
    {{ nonempty('threat') }} as malware_name,
    case when event_type = 'ransomware-mitigation' then {{ ip_of('attack_source') }} end
        as remote_ip,
    {{ null_of('integer') }} as remote_port,
    {{ null_of('string') }} as url,
    loaded_at
from events
