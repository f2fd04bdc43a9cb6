-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'gravityzone', 'push_settings',
    columns=[
        ['source', 'string', '_source'],
        ['status', 'integer', 'status'],
        ['service_type', 'string', 'serviceType'],
        ['service_settings', 'json', 'serviceSettings'],
        ['subscribe_to_event_types', 'json', 'subscribeToEventTypes'],
        ['subscribe_to_companies', 'json', 'subscribeToCompanies'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
