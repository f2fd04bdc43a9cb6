{#- The warehouse's name of a staging type: string, integer, number, boolean, timestamp, json. -#}
{% macro type_of(kind) -%}
  {%- if kind == 'string' -%} {{ dbt.type_string() }}
  {%- elif kind == 'integer' -%} {{ dbt.type_bigint() }}
  {%- elif kind == 'number' -%} {{ type_double() }}
  {%- elif kind == 'boolean' -%} {{ dbt.type_boolean() }}
  {%- elif kind == 'timestamp' -%} {{ type_utc() }}
  {%- elif kind == 'json' -%} {{ type_json() }}
  {%- else -%} {{ exceptions.raise_compiler_error('Unknown type ' ~ kind) }}
  {%- endif -%}
{%- endmacro %}

{% macro null_of(kind) -%} cast(null as {{ type_of(kind) }}) {%- endmacro %}


{#- Double precision. -#}
{% macro type_double() -%} {{ adapter.dispatch('type_double', 'edr')() }} {%- endmacro %}
{% macro default__type_double() -%} double precision {%- endmacro %}
{% macro duckdb__type_double() -%} double {%- endmacro %}
{% macro snowflake__type_double() -%} double {%- endmacro %}
{% macro bigquery__type_double() -%} float64 {%- endmacro %}
{% macro databricks__type_double() -%} double {%- endmacro %}


{#- A moment; without a zone where the warehouse has such a type, and then in UTC. -#}
{% macro type_utc() -%} {{ adapter.dispatch('type_utc', 'edr')() }} {%- endmacro %}
{% macro default__type_utc() -%} timestamp {%- endmacro %}
{% macro snowflake__type_utc() -%} timestamp_ntz {%- endmacro %}


{#- A document: an object, a list or a scalar. -#}
{% macro type_json() -%} {{ adapter.dispatch('type_json', 'edr')() }} {%- endmacro %}
{% macro default__type_json() -%} json {%- endmacro %}
{% macro postgres__type_json() -%} jsonb {%- endmacro %}
{% macro snowflake__type_json() -%} variant {%- endmacro %}
{% macro redshift__type_json() -%} super {%- endmacro %}
{% macro databricks__type_json() -%} variant {%- endmacro %}


{#- A raw column that holds an object or a list, whatever type the loader gave it, as a document. -#}
{% macro column_as_json(column, data_type) -%}
  {{ adapter.dispatch('column_as_json', 'edr')(column, data_type) }}
{%- endmacro %}
{% macro default__column_as_json(column, data_type) -%}
  {%- if data_type in ['JSON', 'VARCHAR', ''] -%} cast({{ column }} as json)
  {%- else -%} to_json({{ column }})
  {%- endif -%}
{%- endmacro %}
{% macro postgres__column_as_json(column, data_type) -%}
  {%- if data_type in ['TEXT', 'CHARACTER VARYING', 'JSON'] -%} cast({{ column }} as jsonb)
  {%- else -%} to_jsonb({{ column }})
  {%- endif -%}
{%- endmacro %}
{% macro snowflake__column_as_json(column, data_type) -%}
  {%- if data_type.startswith('VARCHAR') or data_type in ['TEXT', 'CHARACTER VARYING'] -%}
    parse_json({{ column }})
  {%- else -%} to_variant({{ column }})
  {%- endif -%}
{%- endmacro %}
{% macro bigquery__column_as_json(column, data_type) -%}
  {%- if data_type == 'STRING' -%} parse_json({{ column }}, wide_number_mode => 'round')
  {%- elif data_type in ['JSON', ''] -%} {{ column }}
  {%- else -%} to_json({{ column }})
  {%- endif -%}
{%- endmacro %}
{% macro redshift__column_as_json(column, data_type) -%}
  {%- if data_type in ['SUPER', ''] -%} {{ column }} {%- else -%} json_parse({{ column }}) {%- endif -%}
{%- endmacro %}
{% macro databricks__column_as_json(column, data_type) -%}
  {%- if data_type == 'VARIANT' -%} {{ column }}
  {%- elif data_type in ['STRING', ''] -%} parse_json({{ column }})
  {%- else -%} parse_json(to_json({{ column }}))
  {%- endif -%}
{%- endmacro %}


{#- A raw column that holds a moment, in UTC without a zone. -#}
{% macro column_as_utc(column, data_type) -%}
  {{ adapter.dispatch('column_as_utc', 'edr')(column, data_type) }}
{%- endmacro %}
{% macro default__column_as_utc(column, data_type) -%}
  {%- if 'WITH TIME ZONE' in data_type -%} {{ column }} at time zone 'UTC'
  {%- else -%} cast({{ column }} as {{ type_utc() }})
  {%- endif -%}
{%- endmacro %}
{% macro snowflake__column_as_utc(column, data_type) -%}
  {%- if 'TZ' in data_type and 'NTZ' not in data_type -%}
    cast(convert_timezone('UTC', {{ column }}) as timestamp_ntz)
  {%- else -%} cast({{ column }} as timestamp_ntz)
  {%- endif -%}
{%- endmacro %}
{% macro databricks__column_as_utc(column, data_type) -%} cast({{ column }} as timestamp) {%- endmacro %}
{% macro bigquery__column_as_utc(column, data_type) -%} cast({{ column }} as timestamp) {%- endmacro %}
