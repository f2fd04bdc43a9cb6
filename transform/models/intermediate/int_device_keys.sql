-- The machine behind each product's id of an endpoint: one key for both products where they match.
select
    devices.tenant,
    devices.product,
    devices.device_uid,
    coalesce(
        {{ key_of(['devices.tenant', "'gravityzone'", 'matches.gravityzone_uid']) }},
        devices.product_device_key
    ) as device_key,
    matches.match_rule
from {{ ref('int_devices') }} as devices
left join {{ ref('int_device_matches') }} as matches
    on
        devices.tenant = matches.tenant
        and (
            (devices.product = 'gravityzone' and devices.device_uid = matches.gravityzone_uid)
            or (devices.product = 'cortex_xdr' and devices.device_uid = matches.cortex_xdr_uid)
        )
