-- Incidents of both products in one shape, in their newest state.
select incidents.*, {{ as_of() }} as observed_at
from (
    select * from {{ ref('int_gravityzone__incidents') }}
    union all
    select * from {{ ref('int_cortex_xdr__incidents') }}
) as incidents
