{#- Aggregates that warehouses spell differently. -#}

{#- The value below which a fraction of the rows lies, between two rows if need be. BigQuery gives
    the nearest row instead. -#}
{% macro percentile(expression, fraction) -%}
  {{ adapter.dispatch('percentile', 'edr')(expression, fraction) }}
{%- endmacro %}
{% macro default__percentile(expression, fraction) -%}
  percentile_cont({{ fraction }}) within group (order by {{ expression }})
{%- endmacro %}
{% macro bigquery__percentile(expression, fraction) -%}
  approx_quantiles({{ expression }}, 100)[offset({{ (fraction * 100) | int }})]
{%- endmacro %}

{#- How many rows fulfil a condition. -#}
{% macro count_if(condition) -%} sum(case when {{ condition }} then 1 else 0 end) {%- endmacro %}

{#- A share between 0 and 1; null where there is nothing to share. -#}
{% macro share(part, whole) -%}
  cast({{ part }} as {{ type_double() }}) / nullif({{ whole }}, 0)
{%- endmacro %}
