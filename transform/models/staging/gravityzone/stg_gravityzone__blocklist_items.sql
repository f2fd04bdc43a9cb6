-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'gravityzone', 'blocklist_items',
    columns=[
        ['id', 'string', 'id'],
        ['type', 'string', 'type'],
        ['created', 'timestamp', 'created'],
        ['details', 'json', 'details'],
        ['source', 'json', 'source'],
        ['owner', 'json', 'owner'],
        ['company', 'json', 'company'],
        ['company_id', 'string', 'companyId'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
