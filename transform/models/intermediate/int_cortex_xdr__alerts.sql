-- Alerts of Cortex XDR in the terms of OCSF. docs/ocsf.md has the table.
-- Lists hold one entry for each event of an alert; the first event is the one it was raised for.
select
    tenant,
    'cortex_xdr' as product,
    'alert' as origin,
    alert_id as detection_uid,
    {{ key_of(['tenant', "'cortex_xdr'", 'alert_id']) }} as detection_key,
    cast(case_id as {{ dbt.type_string() }}) as incident_uid,
    coalesce({{ nonempty('name') }}, {{ nonempty('alert_name') }}, 'Alert') as title,
    coalesce({{ nonempty('description') }}, {{ nonempty('alert_description') }}) as description,
    coalesce({{ nonempty('category') }}, {{ nonempty('alert_category') }}) as category,
    coalesce({{ nonempty('source') }}, {{ nonempty('alert_source') }}) as detection_source,
    coalesce(
        {{ nonempty('matching_service_rule_id') }}, {{ first_of('filter_rule_id') }}
    ) as rule_uid,
    coalesce({{ nonempty('name') }}, {{ nonempty('alert_name') }}, 'Alert') as rule_name,
    case
        when lower(coalesce(source, alert_source)) like '%analytics%' then 2
        when lower(coalesce(source, alert_source)) like '%bioc%' then 1
        when lower(coalesce(source, alert_source)) like '%ioc%' then 1
        when lower(coalesce(source, alert_source)) like '%correlation%' then 1
        else 0
    end as analytic_type_id,
    {{ severity_of_word('severity') }} as severity_id,
    resolution_status as vendor_status,
    case when is_whitelisted then 3 else {{ cortex_status('resolution_status') }} end as status_id,
    {{ cortex_verdict('resolution_status') }} as verdict_id,
    {{ cortex_action('action') }} as action_id,
    {{ cortex_disposition('action') }} as disposition_id,
    detection_timestamp as detected_at,
    local_insert_ts as logged_at,
    coalesce(last_modified_ts, local_insert_ts) as modified_at,
    {{ nonempty('endpoint_id') }} as device_uid,
    {{ nonempty('host_name') }} as device_name,
    {{ ip_of(json_first_text('host_ip')) }} as device_ip,
    {{ os_type_of('agent_os_type') }} as os_type_id,
    {{ first_of('user_name') }} as user_name,
    {{ first_of('actor_process_image_name') }} as process_name,
    {{ first_of('actor_process_image_path') }} as process_path,
    {{ first_of('actor_process_command_line') }} as process_command_line,
    cast({{ first_of('actor_process_os_pid') }} as {{ dbt.type_bigint() }}) as process_pid,
    {{ first_of('actor_process_image_sha256') }} as process_sha256,
    {{ first_of('action_file_name') }} as file_name,
    {{ first_of('action_file_path') }} as file_path,
    {{ first_of('action_file_sha256') }} as file_sha256,
    {{ null_of('string') }} as malware_name,
    {{ ip_of(json_first_text('action_remote_ip')) }} as remote_ip,
    cast({{ first_of('action_remote_port') }} as {{ dbt.type_bigint() }}) as remote_port,
    {{ null_of('string') }} as url,
    loaded_at
from {{ ref('stg_cortex_xdr__alerts') }}
where deleted_at is null
