-- Pushed events of GravityZone that are activities of a network or of a device, with their class of
-- OCSF. Test events of the vendor are left out.
select
    tenant,
    'gravityzone' as product,
    event_id as uid,
    case
        when event_type in ('fw', 'network-monitor') then 4001
        when event_type in ('aph', 'dp', 'uc') and {{ nonempty('url') }} is not null then 4002
        when event_type = 'device-control' then 1010
    end as class_uid,
    event_type,
    0 as severity_id,
    event_time,
    received_at as logged_at,
    case
        when event_type in ('aph', 'dp', 'uc', 'fw')
            then case when status is null then 2 else {{ gravityzone_disposition('status') }} end
        when event_type = 'network-monitor' then {{ gravityzone_disposition('action_taken') }}
        else {{ gravityzone_disposition('action') }}
    end as disposition_id,
    {{ nonempty('coalesce(endpoint_id, computer_id)') }} as device_uid,
    {{ nonempty('computer_name') }} as device_name,
    {{ ip_of(before('computer_ip', ',')) }} as device_ip,
    coalesce(
        {{ nonempty(json_text('vendor_user', ['name'])) }},
        {{ nonempty(json_text('vendor_user', ['userName'])) }}, {{ nonempty('username') }}
    ) as user_name,
    coalesce({{ nonempty('detection_name') }}, {{ nonempty('aph_type') }},
        {{ nonempty('blocking_rule_name') }}, {{ nonempty('categories') }}) as message,
    {{ ip_of('source_ip') }} as source_ip,
    cast({{ nonempty('local_port') }} as {{ dbt.type_bigint() }}) as local_port,
    {{ nonempty('url') }} as url,
    {{ nonempty('device_name') }} as peripheral_name,
    {{ nonempty('device_id') }} as peripheral_uid,
    coalesce(vendor_count, 1) as occurrences
from {{ ref('stg_gravityzone__events') }}
where coalesce(is_test, false) = false and deleted_at is null
