-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'cortex_xdr', 'vulnerabilities',
    columns=[
        ['vulnerability_id', 'string', 'vulnerability_id'],
        ['first_published', 'timestamp', 'first_published'],
        ['last_modified', 'timestamp', 'last_modified'],
        ['cvss_score', 'number', 'cvss_score'],
        ['cvss_severity', 'string', 'cvss_severity'],
        ['cvss_version', 'string', 'cvss_version'],
        ['epss_score', 'number', 'epss_score'],
        ['cisa_kev', 'boolean', 'cisa_kev'],
        ['attack_vector', 'string', 'attack_vector'],
        ['package_names', 'json', 'package_names'],
        ['vendors', 'json', 'vendors'],
        ['reported_exploited_by', 'json', 'reported_exploited_by'],
        ['distribution_and_releases', 'json', 'distribution_and_releases'],
        ['affected_cpu_archs', 'json', 'affected_cpu_archs'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
