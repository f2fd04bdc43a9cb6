-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'cortex_xdr', 'tenant_info',
    columns=[
        ['source', 'string', '_source'],
        ['position', 'integer', '_position'],
        ['info', 'json', 'info'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
