-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'gravityzone', 'phasr_recommendations',
    columns=[
        ['id', 'string', 'id'],
        ['created_on', 'timestamp', 'createdOn'],
        ['category', 'integer', 'category'],
        ['type', 'integer', 'type'],
        ['action_taken', 'integer', 'actionTaken'],
        ['company_id', 'string', 'companyId'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
