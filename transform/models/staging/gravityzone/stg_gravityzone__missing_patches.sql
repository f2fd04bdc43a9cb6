-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'gravityzone', 'missing_patches',
    columns=[
        ['patch_id', 'string', '_patch_id'],
        ['company_id', 'string', 'companyId'],
        ['name', 'string', 'name'],
        ['type', 'integer', 'type'],
        ['severity', 'integer', 'severity'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
