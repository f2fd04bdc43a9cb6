-- Endpoints of both products in one shape, one row for each product that knows the machine.
select devices.*, {{ key_of(['tenant', 'product', 'device_uid']) }} as product_device_key
from (
    select * from {{ ref('int_gravityzone__devices') }}
    union all
    select * from {{ ref('int_cortex_xdr__devices') }}
) as devices
