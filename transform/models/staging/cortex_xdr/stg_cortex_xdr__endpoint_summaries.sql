-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'cortex_xdr', 'endpoint_summaries',
    columns=[
        ['agent_id', 'string', 'agent_id'],
        ['last_seen', 'timestamp', 'last_seen'],
        ['agent_status', 'string', 'agent_status'],
        ['operational_status', 'string', 'operational_status'],
        ['host_name', 'string', 'host_name'],
        ['agent_type', 'string', 'agent_type'],
        ['ip', 'json', 'ip'],
        ['users', 'json', 'users'],
        ['tags', 'json', 'tags'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
