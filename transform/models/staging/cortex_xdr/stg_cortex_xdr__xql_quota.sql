-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'cortex_xdr', 'xql_quota',
    columns=[
        ['source', 'string', '_source'],
        ['license_quota', 'number', 'license_quota'],
        ['additional_purchased_quota', 'number', 'additional_purchased_quota'],
        ['eval_quota', 'number', 'eval_quota'],
        ['used_quota', 'number', 'used_quota'],
        ['total_daily_running_queries', 'integer', 'total_daily_running_queries'],
        ['total_daily_concurrent_rejected_queries', 'integer', 'total_daily_concurrent_rejected_queries'],
        ['current_concurrent_active_queries', 'json', 'current_concurrent_active_queries'],
        ['current_concurrent_active_queries_count', 'integer', 'current_concurrent_active_queries_count'],
        ['max_daily_concurrent_active_query_count', 'integer', 'max_daily_concurrent_active_query_count'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
