-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'cortex_xdr', 'assets',
    columns=[
        ['xdm_asset_id', 'string', 'xdm_asset_id'],
        ['xdm_asset_first_observed', 'timestamp', 'xdm_asset_first_observed'],
        ['xdm_asset_last_observed', 'timestamp', 'xdm_asset_last_observed'],
        ['xdm_asset_name', 'string', 'xdm_asset_name'],
        ['xdm_asset_type_name', 'string', 'xdm_asset_type_name'],
        ['xdm_asset_provider', 'string', 'xdm_asset_provider'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
