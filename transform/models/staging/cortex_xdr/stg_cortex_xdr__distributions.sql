-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'cortex_xdr', 'distributions',
    columns=[
        ['distribution_id', 'string', 'distribution_id'],
        ['creation_time', 'timestamp', 'creation_time'],
        ['modification_time', 'timestamp', 'modification_time'],
        ['eol_time', 'timestamp', 'eol_time'],
        ['name', 'string', 'name'],
        ['description', 'string', 'description'],
        ['package_type', 'string', 'package_type'],
        ['platform', 'string', 'platform'],
        ['agent_version', 'string', 'agent_version'],
        ['status', 'string', 'status'],
        ['supported_packages', 'json', 'supported_packages'],
        ['tags', 'json', 'tags'],
        ['created_by', 'string', 'created_by'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
