-- Detections of both products in one shape.
select * from {{ ref('int_cortex_xdr__alerts') }}
union all
select * from {{ ref('int_gravityzone__alerts') }}
union all
select * from {{ ref('int_gravityzone__detection_events') }}
