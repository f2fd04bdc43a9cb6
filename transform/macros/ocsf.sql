{#- Pieces of OCSF 1.8 documents. Each takes expressions and gives an expression, or null where
    OCSF would want a member that the vendor does not send. -#}

{#- The members that every class has, from the columns of the same names in the calling model:
    tenant, product, uid, activity_id, severity_id, event_time, logged_at. -#}
{% macro ocsf_common(class_uid, profiles=[], correlation_uid='null') %}
  {%- set quoted_profiles = [] -%}
  {%- for profile in profiles -%} {%- do quoted_profiles.append("'" ~ profile ~ "'") -%} {%- endfor -%}
  {%- set metadata = [
      ['version', "'1.8.0'"],
      ['product', json_object([
          ['name', "case product when 'gravityzone' then 'GravityZone' else 'Cortex XDR' end"],
          ['vendor_name', "case product when 'gravityzone' then 'Bitdefender' "
            ~ "else 'Palo Alto Networks' end"],
      ])],
      ['uid', 'uid'],
      ['tenant_uid', 'tenant'],
      ['correlation_uid', correlation_uid],
      ['logged_time', epoch_ms('logged_at')],
  ] -%}
  {%- if profiles -%} {%- do metadata.append(['profiles', json_list(quoted_profiles)]) -%} {%- endif -%}
  {{ return([
      ['class_uid', class_uid],
      ['category_uid', ocsf_category(class_uid)],
      ['activity_id', 'activity_id'],
      ['type_uid', ocsf_type('activity_id', class_uid)],
      ['severity_id', 'severity_id'],
      ['time', epoch_ms('event_time')],
      ['metadata', json_object(metadata)],
  ]) }}
{% endmacro %}

{% macro ocsf_category(class_uid) -%} {{ (class_uid % 100000) // 1000 }} {%- endmacro %}
{% macro ocsf_type(activity_id, class_uid) -%} {{ class_uid }} * 100 + {{ activity_id }} {%- endmacro %}

{#- The columns that every OCSF table begins with. -#}
{% macro ocsf_columns(class_uid) -%}
    tenant,
    product,
    uid,
    {{ class_uid }} as class_uid,
    {{ ocsf_category(class_uid) }} as category_uid,
    {{ ocsf_type('activity_id', class_uid) }} as type_uid,
    activity_id,
    severity_id,
    event_time,
    logged_at
{%- endmacro %}

{#- A device; `type_id` is required, and one of uid, hostname and ip. -#}
{% macro ocsf_device(uid, hostname, ip, os_type_id='0') -%}
  {{ json_object_if([
      ['type_id', '0'], ['uid', uid], ['hostname', hostname], ['ip', ip],
      ['os', ocsf_os(os_type_id)],
  ], [uid, hostname, ip]) }}
{%- endmacro %}
{% macro ocsf_os(os_type_id, name='null') -%}
  case when {{ os_type_id }} <> 0 then {{ json_object([
      ['type_id', os_type_id],
      ['name', name if name != 'null' else os_family(os_type_id)],
  ]) }} end
{%- endmacro %}

{#- The device of an event that must have one. -#}
{% macro ocsf_required_device(uid, hostname, ip) -%}
  {{ json_object([
      ['type_id', '0'], ['uid', uid], ['ip', ip],
      ['hostname', "case when coalesce(" ~ uid ~ ", " ~ ip ~ ") is null "
        ~ "then coalesce(" ~ hostname ~ ", 'unknown') else " ~ hostname ~ " end"],
  ]) }}
{%- endmacro %}

{#- A process; one of pid and uid is required. -#}
{% macro ocsf_process(pid, uid, name, path, command_line, sha256) -%}
  {{ json_object_if([
      ['pid', pid], ['uid', uid], ['name', name], ['cmd_line', command_line],
      ['file', ocsf_file(name, path, sha256)],
  ], [pid, uid]) }}
{%- endmacro %}

{#- A file; the name is required. -#}
{% macro ocsf_file(name, path, sha256) -%}
  {{ json_object_if([
      ['name', name], ['path', path], ['type_id', '1'], ['hashes', ocsf_sha256(sha256)],
  ], [name]) }}
{%- endmacro %}
{% macro ocsf_sha256(sha256) -%}
  case when length({{ sha256 }}) = 64 then {{ json_list([
      json_object([['algorithm_id', '3'], ['value', sha256]]),
  ]) }} end
{%- endmacro %}

{#- An actor; it is always somebody, if only an application that nobody named. -#}
{% macro ocsf_actor(process, user_name) -%}
  {{ json_object([
      ['process', process],
      ['user', ocsf_user(user_name)],
      ['app_name', "case when " ~ user_name ~ " is null and " ~ process ~ " is null "
        ~ "then 'unknown' end"],
  ]) }}
{%- endmacro %}
{% macro ocsf_user(name) -%} {{ json_object_if([['name', name]], [name]) }} {%- endmacro %}

{#- One end of a connection. -#}
{% macro ocsf_endpoint(ip, port, hostname='null', uid='null') -%}
  {{ json_object_if([
      ['ip', ip], ['port', port], ['hostname', hostname], ['uid', uid],
  ], [ip, hostname, uid]) }}
{%- endmacro %}

{#- One tactic or technique, from the columns of int_attacks. -#}
{% macro ocsf_attack() -%}
  {{ json_object([
      ['tactic', "case when kind = 'tactic' then " ~ ocsf_attack_entry() ~ " end"],
      ['technique', "case when kind = 'technique' then " ~ ocsf_attack_entry() ~ " end"],
  ]) }}
{%- endmacro %}
{% macro ocsf_attack_entry() -%}
  {{ json_object([['uid', 'attack_uid'], ['name', 'attack_name']]) }}
{%- endmacro %}
