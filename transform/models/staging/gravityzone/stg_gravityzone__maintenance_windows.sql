-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'gravityzone', 'maintenance_windows',
    columns=[
        ['id', 'string', 'id'],
        ['name', 'string', 'name'],
        ['company_id', 'string', 'companyId'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
