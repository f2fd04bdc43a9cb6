-- One row per machine, with what each product knows of it.
with devices as (
    select devices.*, links.device_key, links.match_rule
    from {{ ref('int_devices') }} as devices
    inner join {{ ref('int_device_keys') }} as links
        on
            devices.tenant = links.tenant
            and devices.product = links.product
            and devices.device_uid = links.device_uid
),

keys as (
    select tenant, device_key, max(match_rule) as match_rule
    from devices
    group by tenant, device_key
)

select
    keys.tenant,
    keys.device_key,
    coalesce(gravityzone.hostname, cortex.hostname) as hostname,
    coalesce(gravityzone.fqdn, cortex.fqdn) as fqdn,
    coalesce(gravityzone.ip, cortex.ip) as ip,
    coalesce(cortex.os_name, gravityzone.os_name) as os_name,
    {{ os_family(later_of('gravityzone.os_type_id', 'cortex.os_type_id')) }} as os_family,
    case
        when gravityzone.device_type_id = 1 or cortex.device_type_id = 1 then 'server'
        when cortex.device_type_id = 5 then 'mobile'
        when gravityzone.device_type_id = 2 or cortex.device_type_id = 2 then 'workstation'
        when gravityzone.device_type_id = 6 then 'virtual machine'
        else 'unknown'
    end as device_type,
    gravityzone.device_uid as gravityzone_uid,
    cortex.device_uid as cortex_xdr_uid,
    keys.match_rule,
    gravityzone.company_uid,
    gravityzone.company_name,
    coalesce(cortex.last_user, gravityzone.last_user) as last_user,
    gravityzone.is_managed as gravityzone_is_managed,
    cortex.is_managed as cortex_xdr_is_managed,
    gravityzone.protection as gravityzone_protection,
    cortex.protection as cortex_xdr_protection,
    gravityzone.agent_version as gravityzone_agent_version,
    cortex.agent_version as cortex_xdr_agent_version,
    gravityzone.is_agent_outdated as gravityzone_agent_is_outdated,
    gravityzone.is_content_outdated as gravityzone_content_is_outdated,
    cortex.is_content_outdated as cortex_xdr_content_is_outdated,
    gravityzone.last_seen_at as gravityzone_last_seen_at,
    cortex.last_seen_at as cortex_xdr_last_seen_at,
    {{ later_of('gravityzone.last_seen_at', 'cortex.last_seen_at') }} as last_seen_at,
    gravityzone.is_infected,
    gravityzone.risk_score,
    case
        when coalesce(gravityzone.is_isolated, false) or coalesce(cortex.is_isolated, false) then true
        else false
    end as is_isolated
from keys
left join devices as gravityzone
    on keys.device_key = gravityzone.device_key and gravityzone.product = 'gravityzone'
left join devices as cortex
    on keys.device_key = cortex.device_key and cortex.product = 'cortex_xdr'
