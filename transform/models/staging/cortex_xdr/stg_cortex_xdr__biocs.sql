-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'cortex_xdr', 'biocs',
    columns=[
        ['rule_id', 'integer', 'rule_id'],
        ['creation_time', 'timestamp', 'creation_time'],
        ['modification_time', 'timestamp', 'modification_time'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
