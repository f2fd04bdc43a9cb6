-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'gravityzone', 'custom_groups',
    columns=[
        ['id', 'string', 'id'],
        ['name', 'string', 'name'],
        ['parent_id', 'string', '_parent_id'],
        ['company_id', 'string', 'companyId'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
