-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'cortex_xdr', 'correlation_rules',
    columns=[
        ['id', 'integer', 'id'],
        ['creation_time', 'timestamp', 'creation_time'],
        ['modification_time', 'timestamp', 'modification_time'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
