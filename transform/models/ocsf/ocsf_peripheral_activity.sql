-- Peripheral Activity (1010): devices that were plugged in against the rules, of both products.
{{ config(materialized='incremental', unique_key=['tenant', 'product', 'uid'],
          on_schema_change='append_new_columns') }}

with activities as (
    select
        tenant, product, uid, 1 as activity_id, severity_id, event_time, logged_at, disposition_id,
        device_uid, device_name, device_ip, user_name,
        coalesce(peripheral_name, peripheral_uid, 'unknown') as peripheral_name,
        peripheral_uid,
        {{ null_of('string') }} as serial_number,
        {{ null_of('string') }} as vendor_name
    from {{ incoming(ref('int_gravityzone__activities')) }} as activities
    where class_uid = 1010 and event_time is not null
    union all
    select
        tenant, 'cortex_xdr', cast(violation_id as {{ dbt.type_string() }}), 1, 0, vendor_timestamp,
        vendor_timestamp, 2,
        {{ nonempty('endpoint_id') }}, {{ nonempty('hostname') }}, {{ ip_of('ip') }},
        {{ nonempty('username') }},
        coalesce({{ nonempty('product') }}, {{ nonempty('type') }}, 'unknown'),
        {{ nonempty('product_id') }}, {{ nonempty('serial') }}, {{ nonempty('vendor') }}
    from {{ ref('stg_cortex_xdr__device_violations') }}
    where vendor_timestamp is not null
)

select
    {{ ocsf_columns(1010) }},
    {{ action_of_disposition('disposition_id') }} as action_id,
    disposition_id,
    device_uid,
    device_name,
    user_name,
    peripheral_name,
    serial_number,
    {{ as_document(json_object(ocsf_common(1010, ['security_control', 'host']) + [
        ['action_id', action_of_disposition('disposition_id')],
        ['disposition_id', 'disposition_id'],
        ['actor', ocsf_actor('null', 'user_name')],
        ['device', ocsf_required_device('device_uid', 'device_name', 'device_ip')],
        ['peripheral_device', json_object([
            ['name', 'peripheral_name'], ['uid', 'peripheral_uid'],
            ['serial_number', 'serial_number'], ['vendor_name', 'vendor_name'],
        ])],
    ])) }} as ocsf
from activities
