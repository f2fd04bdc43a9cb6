-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'gravityzone', 'quarantine_items',
    columns=[
        ['id', 'string', 'id'],
        ['service', 'string', '_service'],
        ['quarantined_on', 'timestamp', 'quarantinedOn'],
        ['threat_name', 'string', 'threatName'],
        ['action_status', 'integer', 'actionStatus'],
        ['company_id', 'string', 'companyId'],
        ['endpoint_id', 'string', 'endpointId'],
        ['endpoint_name', 'string', 'endpointName'],
        ['endpoint_ip', 'string', 'endpointIP'],
        ['endpoint_available', 'boolean', 'endpointAvailable'],
        ['can_be_restored', 'boolean', 'canBeRestored'],
        ['can_be_removed', 'boolean', 'canBeRemoved'],
        ['details', 'json', 'details'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
