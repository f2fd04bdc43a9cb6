-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'cortex_xdr', 'external_ip_ranges',
    columns=[
        ['range_id', 'string', 'range_id'],
        ['date_added', 'timestamp', 'date_added'],
        ['first_ip', 'string', 'first_ip'],
        ['last_ip', 'string', 'last_ip'],
        ['ips_count', 'integer', 'ips_count'],
        ['active_responsive_ips_count', 'integer', 'active_responsive_ips_count'],
        ['business_units', 'json', 'business_units'],
        ['organization_handles', 'json', 'organization_handles'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
