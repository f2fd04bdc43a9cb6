-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'gravityzone', 'policies',
    columns=[
        ['id', 'string', 'id'],
        ['name', 'string', 'name'],
        ['company_id', 'string', 'companyId'],
        ['company_name', 'string', 'companyName'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
