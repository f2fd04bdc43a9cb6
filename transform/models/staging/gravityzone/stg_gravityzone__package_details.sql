-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'gravityzone', 'package_details',
    columns=[
        ['id', 'string', 'id'],
        ['package_name', 'string', 'packageName'],
        ['description', 'string', 'description'],
        ['vendor_language', 'string', 'language'],
        ['product_type', 'integer', 'productType'],
        ['modules', 'json', 'modules'],
        ['roles', 'json', 'roles'],
        ['scan_mode', 'json', 'scanMode'],
        ['settings', 'json', 'settings'],
        ['deployment_options', 'json', 'deploymentOptions'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
