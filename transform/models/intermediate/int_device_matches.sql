-- Which machine of GravityZone is which of Cortex XDR: by MAC address, else by full name, else by
-- host name. A value decides only where it names one machine in each product: virtual adapters and
-- cloned machines share theirs.
with names as (
    select tenant, product, device_uid, 'mac' as rule, 1 as priority, {{ mac_of(element_text('mac')) }}
        as name
    from {{ ref('int_devices') }} as devices
    {{ unnest_json('devices.macs', 'mac') }}
    union all
    select tenant, product, device_uid, 'fqdn', 2, lower(fqdn)
    from {{ ref('int_devices') }}
    union all
    select tenant, product, device_uid, 'hostname', 3, lower(hostname)
    from {{ ref('int_devices') }}
),

single as (
    select tenant, product, rule, priority, name, min(device_uid) as device_uid
    from names
    where name is not null and name <> ''
    group by tenant, product, rule, priority, name
    having count(distinct device_uid) = 1
),

pairs as (
    select
        one.tenant,
        one.device_uid as gravityzone_uid,
        other.device_uid as cortex_xdr_uid,
        min(one.priority) as priority
    from single as one
    inner join single as other
        on one.tenant = other.tenant and one.rule = other.rule and one.name = other.name
    where one.product = 'gravityzone' and other.product = 'cortex_xdr'
    group by one.tenant, one.device_uid, other.device_uid
),

ranked as (
    select
        pairs.*,
        row_number() over (
            partition by tenant, gravityzone_uid order by priority, cortex_xdr_uid
        ) as choice_of_gravityzone,
        row_number() over (
            partition by tenant, cortex_xdr_uid order by priority, gravityzone_uid
        ) as choice_of_cortex_xdr
    from pairs
)

-- Both have to be each other's best, so that no machine is taken twice.
select
    tenant,
    gravityzone_uid,
    cortex_xdr_uid,
    case priority when 1 then 'mac' when 2 then 'fqdn' else 'hostname' end as match_rule
from ranked
where choice_of_gravityzone = 1 and choice_of_cortex_xdr = 1
