-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'gravityzone', 'monthly_usage_per_product_type',
    columns=[
        ['company_id', 'string', 'companyId'],
        ['month_id', 'string', '_month_id'],
        ['product_type', 'string', 'productType'],
        ['month', 'timestamp', '_month'],
        ['endpoint_monthly_usage', 'integer', 'endpointMonthlyUsage'],
        ['integrity_monitoring_usage', 'integer', 'integrityMonitoringUsage'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
