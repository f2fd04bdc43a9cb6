-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'gravityzone', 'packages',
    columns=[
        ['id', 'string', 'id'],
        ['name', 'string', 'name'],
        ['type', 'integer', 'type'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
