-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'cortex_xdr', 'file_artifacts',
    columns=[
        ['incident_id', 'string', 'incident_id'],
        ['artifact_id', 'string', '_artifact_id'],
        ['changed_at', 'timestamp', '_changed_at'],
        ['type', 'string', 'type'],
        ['alert_count', 'integer', 'alert_count'],
        ['is_manual', 'boolean', 'is_manual'],
        ['is_malicious', 'boolean', 'is_malicious'],
        ['is_process', 'boolean', 'is_process'],
        ['low_confidence', 'boolean', 'low_confidence'],
        ['file_name', 'string', 'file_name'],
        ['file_sha256', 'string', 'file_sha256'],
        ['file_signature_status', 'string', 'file_signature_status'],
        ['file_signature_vendor_name', 'string', 'file_signature_vendor_name'],
        ['file_wildfire_verdict', 'string', 'file_wildfire_verdict'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
