-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'cortex_xdr', 'external_services',
    columns=[
        ['service_id', 'string', 'service_id'],
        ['first_observed', 'timestamp', 'first_observed'],
        ['last_observed', 'timestamp', 'last_observed'],
        ['service_name', 'string', 'service_name'],
        ['service_type', 'string', 'service_type'],
        ['is_active', 'string', 'is_active'],
        ['ip_address', 'json', 'ip_address'],
        ['domain', 'json', 'domain'],
        ['port', 'integer', 'port'],
        ['protocol', 'string', 'protocol'],
        ['externally_detected_providers', 'json', 'externally_detected_providers'],
        ['active_classifications', 'json', 'active_classifications'],
        ['inactive_classifications', 'json', 'inactive_classifications'],
        ['discovery_type', 'string', 'discovery_type'],
        ['business_units', 'json', 'business_units'],
        ['externally_inferred_vulnerability_score', 'number', 'externally_inferred_vulnerability_score'],
        ['externally_inferred_cves', 'json', 'externally_inferred_cves'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
