-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'gravityzone', 'reports',
    columns=[
        ['id', 'string', 'id'],
        ['name', 'string', 'name'],
        ['type', 'integer', 'type'],
        ['occurrence', 'integer', 'occurrence'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
