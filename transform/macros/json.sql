{#- Reading documents. A path is a list of names, such as ['malwareStatus', 'infected']. -#}

{#- The scalar at a path, as text; null where there is none. -#}
{% macro json_text(document, path) -%}
  {{ adapter.dispatch('json_text', 'edr')(document, path) }}
{%- endmacro %}
{% macro default__json_text(document, path) -%}
  json_extract_string({{ document }}, '$.{{ path | join(".") }}')
{%- endmacro %}
{% macro postgres__json_text(document, path) -%}
  ({{ document }} #>> '{ {{- path | join(",") -}} }')
{%- endmacro %}
{% macro snowflake__json_text(document, path) -%}
  cast(get_path({{ document }}, '{{ path | join(".") }}') as varchar)
{%- endmacro %}
{% macro bigquery__json_text(document, path) -%}
  json_value({{ document }}, '$.{{ path | join(".") }}')
{%- endmacro %}
{% macro redshift__json_text(document, path) -%}
  cast({{ document }}.{{ redshift_path(path) }} as varchar)
{%- endmacro %}
{% macro redshift_path(path) -%} "{{ path | join('"."') }}" {%- endmacro %}
{% macro databricks__json_text(document, path) -%}
  variant_get({{ document }}, '$.{{ path | join(".") }}', 'string')
{%- endmacro %}


{#- The scalar at a path, as an integer, a number or a boolean; null where it is none. -#}
{% macro json_integer(document, path) -%}
  cast({{ json_text(document, path) }} as {{ type_of('integer') }})
{%- endmacro %}
{% macro json_boolean(document, path) -%}
  case {{ json_text(document, path) }} when 'true' then true when 'false' then false end
{%- endmacro %}


{#- The document at a path. -#}
{% macro json_member(document, path) -%}
  {{ adapter.dispatch('json_member', 'edr')(document, path) }}
{%- endmacro %}
{% macro default__json_member(document, path) -%}
  json_extract({{ document }}, '$.{{ path | join(".") }}')
{%- endmacro %}
{% macro postgres__json_member(document, path) -%}
  ({{ document }} #> '{ {{- path | join(",") -}} }')
{%- endmacro %}
{% macro snowflake__json_member(document, path) -%}
  get_path({{ document }}, '{{ path | join(".") }}')
{%- endmacro %}
{% macro bigquery__json_member(document, path) -%}
  json_query({{ document }}, '$.{{ path | join(".") }}')
{%- endmacro %}
{% macro redshift__json_member(document, path) -%}
  {{ document }}.{{ redshift_path(path) }}
{%- endmacro %}
{% macro databricks__json_member(document, path) -%}
  variant_get({{ document }}, '$.{{ path | join(".") }}', 'variant')
{%- endmacro %}


{#- The first element of a list, as text. -#}
{% macro json_first_text(list) -%}
  {{ adapter.dispatch('json_first_text', 'edr')(list) }}
{%- endmacro %}
{% macro default__json_first_text(list) -%} json_extract_string({{ list }}, '$[0]') {%- endmacro %}
{% macro postgres__json_first_text(list) -%} ({{ list }} ->> 0) {%- endmacro %}
{% macro snowflake__json_first_text(list) -%} cast({{ list }}[0] as varchar) {%- endmacro %}
{% macro bigquery__json_first_text(list) -%} json_value({{ list }}, '$[0]') {%- endmacro %}
{% macro redshift__json_first_text(list) -%} cast({{ list }}[0] as varchar) {%- endmacro %}
{% macro databricks__json_first_text(list) -%} variant_get({{ list }}, '$[0]', 'string') {%- endmacro %}


{#- A `cross join` with the elements of a list, as documents.
    A list that is null gives no rows. `element` and `element_text` read it. -#}
{% macro unnest_json(list, alias) -%}
  {{ adapter.dispatch('unnest_json', 'edr')(list, alias) }}
{%- endmacro %}
{% macro default__unnest_json(list, alias) -%}
  cross join lateral (select unnest(cast({{ list }} as json[])) as element) as {{ alias }}
{%- endmacro %}
{% macro postgres__unnest_json(list, alias) -%}
  cross join lateral jsonb_array_elements(
    case when jsonb_typeof({{ list }}) = 'array' then {{ list }} end
  ) as {{ alias }}(element)
{%- endmacro %}
{% macro snowflake__unnest_json(list, alias) -%}
  cross join lateral flatten(input => {{ list }}) as {{ alias }}
{%- endmacro %}
{% macro bigquery__unnest_json(list, alias) -%}
  cross join (select element from unnest(json_query_array({{ list }})) as element) as {{ alias }}
{%- endmacro %}
{% macro redshift__unnest_json(list, alias) -%}
  cross join {{ list }} as {{ alias }}_elements
{%- endmacro %}
{% macro databricks__unnest_json(list, alias) -%}
  cross join lateral (select value as element from variant_explode({{ list }})) as {{ alias }}
{%- endmacro %}


{#- The element of an unnested list that is a scalar, as text. -#}
{% macro element_text(alias) -%} {{ adapter.dispatch('element_text', 'edr')(alias) }} {%- endmacro %}
{% macro default__element_text(alias) -%}
  json_extract_string({{ alias }}.element, '$')
{%- endmacro %}
{% macro postgres__element_text(alias) -%} ({{ alias }}.element #>> '{}') {%- endmacro %}
{% macro snowflake__element_text(alias) -%} cast({{ alias }}.value as varchar) {%- endmacro %}
{% macro bigquery__element_text(alias) -%} json_value({{ alias }}.element) {%- endmacro %}
{% macro redshift__element_text(alias) -%} cast({{ alias }}_elements as varchar) {%- endmacro %}
{% macro databricks__element_text(alias) -%} cast({{ alias }}.element as string) {%- endmacro %}


{#- The element of an unnested list, as a document. -#}
{% macro element(alias) -%} {{ adapter.dispatch('element', 'edr')(alias) }} {%- endmacro %}
{% macro default__element(alias) -%} {{ alias }}.element {%- endmacro %}
{% macro snowflake__element(alias) -%} {{ alias }}.value {%- endmacro %}
{% macro redshift__element(alias) -%} {{ alias }}_elements {%- endmacro %}
