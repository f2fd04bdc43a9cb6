-- How often each tactic and technique of MITRE ATT&CK was seen. Tactics that were never seen have a
-- row with no hits, for each product that a tenant has detections of.
with seen as (
    select
        tenant, product, kind, attack_uid,
        max(attack_name) as attack_name,
        count(*) as hits,
        count(distinct device_uid) as devices,
        min(seen_at) as first_seen_at,
        max(seen_at) as last_seen_at
    from {{ ref('int_attacks') }}
    group by tenant, product, kind, attack_uid
),

products as (
    select distinct tenant, product from {{ ref('fct_detections') }}
),

expected as (
    select products.tenant, products.product, tactics.tactic_uid, tactics.tactic_name
    from products
    cross join {{ ref('mitre_tactics') }} as tactics
)

select
    tenant, product, kind, attack_uid, attack_name, hits, devices, first_seen_at, last_seen_at,
    true as is_seen
from seen
union all
select
    expected.tenant, expected.product, 'tactic', expected.tactic_uid, expected.tactic_name, 0, 0,
    {{ null_of('timestamp') }}, {{ null_of('timestamp') }}, false
from expected
left join seen
    on
        expected.tenant = seen.tenant
        and expected.product = seen.product
        and seen.kind = 'tactic'
        and expected.tactic_uid = seen.attack_uid
where seen.attack_uid is null
