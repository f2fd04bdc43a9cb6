-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'cortex_xdr', 'device_violations',
    columns=[
        ['violation_id', 'integer', 'violation_id'],
        ['vendor_timestamp', 'timestamp', 'timestamp'],
        ['hostname', 'string', 'hostname'],
        ['endpoint_id', 'string', 'endpoint_id'],
        ['ip', 'string', 'ip'],
        ['username', 'string', 'username'],
        ['type', 'string', 'type'],
        ['vendor', 'string', 'vendor'],
        ['vendor_id', 'string', 'vendor_id'],
        ['product', 'string', 'product'],
        ['product_id', 'string', 'product_id'],
        ['serial', 'string', 'serial'],
        ['os_type', 'string', 'os_type'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
