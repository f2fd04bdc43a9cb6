-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'gravityzone', 'custom_rules',
    columns=[
        ['id', 'string', 'id'],
        ['rule_type', 'string', '_rule_type'],
        ['name', 'string', 'name'],
        ['description', 'string', 'description'],
        ['settings', 'json', 'settings'],
        ['tags', 'json', 'tags'],
        ['company', 'json', 'company'],
        ['company_id', 'string', 'companyId'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
