{#- The rows of a relation that an incremental model has to read: those that it does not hold yet,
    whenever they are from, and those that arrived or changed lately. `uid` and `arrived_at` are
    columns of the relation; the model has `uid`, and the latter under the same name. -#}
{% macro incoming(relation, arrived_at='logged_at', uid='uid') -%}
  {%- if flags.INTROSPECT and is_incremental() -%}
  (
    select incoming.*
    from {{ relation }} as incoming
    left join {{ this }} as known
        on
            incoming.tenant = known.tenant
            and incoming.product = known.product
            and incoming.{{ uid }} = known.uid
    where
        known.uid is null
        or incoming.{{ arrived_at }} >= (
            select {{ days_before('max(' ~ arrived_at ~ ')', var('incremental_lookback_days')) }}
            from {{ this }}
        )
  )
  {%- else -%} {{ relation }}
  {%- endif -%}
{%- endmacro %}
