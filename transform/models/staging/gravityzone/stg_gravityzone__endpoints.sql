-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'gravityzone', 'endpoints',
    columns=[
        ['id', 'string', 'id'],
        ['name', 'string', 'name'],
        ['type', 'integer', 'type'],
        ['parent_id', 'string', 'parentId'],
        ['company_id', 'string', 'companyId'],
        ['details', 'json', 'details'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
