-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'cortex_xdr', 'network_artifacts',
    columns=[
        ['incident_id', 'string', 'incident_id'],
        ['artifact_id', 'string', '_artifact_id'],
        ['changed_at', 'timestamp', '_changed_at'],
        ['type', 'string', 'type'],
        ['alert_count', 'integer', 'alert_count'],
        ['is_manual', 'boolean', 'is_manual'],
        ['network_domain', 'string', 'network_domain'],
        ['network_remote_ip', 'string', 'network_remote_ip'],
        ['network_remote_port', 'integer', 'network_remote_port'],
        ['network_country', 'string', 'network_country'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
