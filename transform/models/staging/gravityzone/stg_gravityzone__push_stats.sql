-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'gravityzone', 'push_stats',
    columns=[
        ['source', 'string', '_source'],
        ['last_update_time', 'timestamp', 'lastUpdateTime'],
        ['vendor_count', 'json', 'count'],
        ['error', 'json', 'error'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
