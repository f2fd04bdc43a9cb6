-- How fresh each stream is. The time of the load is known where the loader adds its metadata columns.
select
    tenant,
    product,
    stream,
    row_count,
    deleted_row_count,
    loaded_7_days,
    loaded_7_days_before,
    newest_record_at,
    loaded_at as last_loaded_at,
    {{ hours_between('newest_record_at', as_of()) }} as hours_since_newest_record,
    {{ hours_between('loaded_at', as_of()) }} as hours_since_load,
    {{ hours_between('coalesce(loaded_at, newest_record_at)', as_of()) }} > 72 as is_late
from {{ ref('stg_loaded_streams') }}
