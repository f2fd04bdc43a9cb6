{#- Building documents. Members that are null are left out, as OCSF wants it; Redshift has no
    function for that and keeps them. -#}

{#- An object of [name, expression] pairs. -#}
{% macro json_object(members) -%}
  {%- set arguments = [] -%}
  {%- for name, expression in members -%}
    {%- do arguments.append("'" ~ name ~ "', " ~ (expression | string | trim)) -%}
  {%- endfor -%}
  {{ adapter.dispatch('json_object', 'edr')(arguments | join(',\n')) }}
{%- endmacro %}
{% macro default__json_object(arguments) -%}
  json_merge_patch('{}', json_object({{ arguments }}))
{%- endmacro %}
{% macro postgres__json_object(arguments) -%}
  jsonb_strip_nulls(jsonb_build_object({{ arguments }}))
{%- endmacro %}
{% macro snowflake__json_object(arguments) -%} object_construct({{ arguments }}) {%- endmacro %}
{% macro bigquery__json_object(arguments) -%}
  json_strip_nulls(json_object({{ arguments }}), remove_empty => false)
{%- endmacro %}
{% macro redshift__json_object(arguments) -%} object({{ arguments }}) {%- endmacro %}
{% macro databricks__json_object(arguments) -%}
  parse_json(to_json(named_struct({{ arguments }})))
{%- endmacro %}


{#- An object that is null unless one of the named members is there. -#}
{% macro json_object_if(members, needed) -%}
  case when {{ needed | join(' is not null or ') }} is not null then {{ json_object(members) }} end
{%- endmacro %}


{#- A list of expressions. -#}
{% macro json_list(expressions) -%}
  {{ adapter.dispatch('json_list', 'edr')(expressions | join(', ')) }}
{%- endmacro %}
{% macro default__json_list(expressions) -%} json_array({{ expressions }}) {%- endmacro %}
{% macro postgres__json_list(expressions) -%} jsonb_build_array({{ expressions }}) {%- endmacro %}
{% macro snowflake__json_list(expressions) -%} array_construct({{ expressions }}) {%- endmacro %}
{% macro redshift__json_list(expressions) -%} array({{ expressions }}) {%- endmacro %}
{% macro databricks__json_list(expressions) -%}
  parse_json(to_json(array({{ expressions }})))
{%- endmacro %}

{#- A list of one expression; null where that is null. -#}
{% macro json_list_of(expression) -%}
  case when {{ expression }} is not null then {{ json_list([expression]) }} end
{%- endmacro %}


{#- Aggregate: the list of an expression over the rows of a group, in an order. -#}
{% macro json_agg(expression, order) -%}
  {{ adapter.dispatch('json_agg', 'edr')(expression, order) }}
{%- endmacro %}
{% macro default__json_agg(expression, order) -%}
  to_json(list({{ expression }} order by {{ order }}))
{%- endmacro %}
{% macro postgres__json_agg(expression, order) -%}
  jsonb_agg({{ expression }} order by {{ order }})
{%- endmacro %}
{% macro snowflake__json_agg(expression, order) -%}
  array_agg({{ expression }}) within group (order by {{ order }})
{%- endmacro %}
{% macro bigquery__json_agg(expression, order) -%}
  to_json(array_agg({{ expression }} order by {{ order }}))
{%- endmacro %}
{% macro redshift__json_agg(expression, order) -%}
  json_parse('[' || listagg(json_serialize({{ expression }}), ',')
    within group (order by {{ order }}) || ']')
{%- endmacro %}
{% macro databricks__json_agg(expression, order) -%}
  parse_json(to_json(collect_list({{ expression }})))
{%- endmacro %}


{#- A document as the column `ocsf` has it. -#}
{% macro as_document(document) -%} {{ adapter.dispatch('as_document', 'edr')(document) }} {%- endmacro %}
{% macro default__as_document(document) -%} {{ document }} {%- endmacro %}
{% macro snowflake__as_document(document) -%} to_variant({{ document }}) {%- endmacro %}
