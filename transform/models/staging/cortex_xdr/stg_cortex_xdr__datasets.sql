-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'cortex_xdr', 'datasets',
    columns=[
        ['dataset_name', 'string', 'dataset_name'],
        ['last_updated', 'timestamp', 'last_updated'],
        ['type', 'string', 'type'],
        ['log_update_type', 'string', 'log_update_type'],
        ['total_events', 'integer', 'total_events'],
        ['total_size_stored', 'number', 'total_size_stored'],
        ['average_daily_size', 'number', 'average_daily_size'],
        ['average_event_size', 'number', 'average_event_size'],
        ['total_days_stored', 'number', 'total_days_stored'],
        ['ttl', 'number', 'ttl'],
        ['default_query_target', 'boolean', 'default_query_target'],
        ['hot_range', 'json', 'hot_range'],
        ['cold_range', 'json', 'cold_range'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
