"""Names of the fields of a record, in the order in which this vendor prints them."""

from __future__ import annotations


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text."""
    return tuple(text.split())


SEVERITIES = ("informational", "low", "medium", "high", "critical")

_PROCESS = "process_image_path process_image_name process_command_line process_signature_status"

# One event of an alert, known to every call.
EVENT_FIELDS = words(
    f"""
    agent_host_boot_time event_sub_type module_id association_strength dst_association_strength
    story_id event_id event_type event_timestamp
    actor_process_instance_id {" ".join(f"actor_{name}" for name in _PROCESS.split())}
    actor_process_signature_vendor actor_process_image_sha256 actor_process_image_md5
    actor_process_causality_id actor_causality_id actor_process_os_pid actor_thread_thread_id
    {" ".join(f"causality_actor_{name}" for name in _PROCESS.split())}
    causality_actor_process_signature_vendor causality_actor_causality_id
    causality_actor_process_execution_time causality_actor_process_image_md5
    causality_actor_process_image_sha256
    action_file_path action_file_name action_file_md5 action_file_sha256 action_file_macro_sha256
    action_registry_data action_registry_key_name action_registry_value_name
    action_registry_full_key
    action_local_ip action_local_port action_remote_ip action_remote_port
    action_external_hostname action_country
    action_process_instance_id action_process_causality_id action_process_image_name
    action_process_image_sha256 action_process_image_command_line
    action_process_signature_status action_process_signature_vendor
    os_actor_effective_username os_actor_process_instance_id
    {" ".join(f"os_actor_{name}" for name in _PROCESS.split())}
    os_actor_process_signature_vendor os_actor_process_image_sha256
    os_actor_process_causality_id os_actor_causality_id os_actor_process_os_pid
    os_actor_thread_thread_id
    fw_app_id fw_interface_from fw_interface_to fw_rule fw_rule_id fw_device_name
    fw_serial_number fw_url_domain fw_email_subject fw_email_sender fw_email_recipient
    fw_app_subcategory fw_app_category fw_app_technology fw_vsys fw_xff fw_misc fw_is_phishing
    dst_agent_id dst_causality_actor_process_execution_time dns_query_name
    dst_action_external_hostname dst_action_country dst_action_external_port user_name
    """
)

# What only the second version of the call tells about an event.
EVENT_FIELDS_V2 = EVENT_FIELDS + words(
    """
    action_local_ip_v6 action_remote_ip_v6 container_id image_name namespace cluster_name
    cloud_provider resource_type resource_sub_type identity_type identity_sub_type identity_name
    project operation_name user_agent
    """
)

# Integers that the legacy call prints as text.
EVENT_TEXTS = words(
    """
    association_strength dst_association_strength event_sub_type actor_process_os_pid
    actor_thread_thread_id os_actor_process_os_pid os_actor_thread_thread_id action_local_port
    action_remote_port dst_action_external_port
    """
)

# Fields of the alert itself that look alike in every call.
ALERT_FIELDS = words(
    """
    external_id severity matching_status end_match_attempt_ts local_insert_ts last_modified_ts
    bioc_indicator matching_service_rule_id variation_rule_id attempt_counter
    bioc_category_enum_key case_id is_whitelisted starred deduplicate_tokens filter_rule_id
    agent_version agent_device_domain agent_fqdn agent_os_type agent_os_sub_type
    agent_data_collection_status agent_is_vdi agent_install_type is_pcap alert_type alert_domain
    resolution_status resolution_comment dynamic_fields malicious_urls alert_id
    detection_timestamp name category endpoint_id description host_name source action
    action_pretty
    """
)

# Fields of a stored alert whose type or name depends on the call.
FEATURED = ("contains_featured_host", "contains_featured_user", "contains_featured_ip")
LISTS = (
    "host_ip",
    "mitre_tactic_id_and_name",
    "mitre_technique_id_and_name",
    "tags",
    "original_tags",
)
BY_SHAPE = frozenset({"events", "mac_addresses", *FEATURED, *LISTS})

# Times, by table; the second entry are those that some tenants send in seconds.
TIMES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "incidents": (
        ("creation_time", "modification_time", "resolved_timestamp"),
        ("resolved_timestamp",),
    ),
    "alerts": (
        (
            "detection_timestamp",
            "local_insert_ts",
            "last_modified_ts",
            "end_match_attempt_ts",
            "event_timestamp",
        ),
        ("detection_timestamp", "last_modified_ts", "end_match_attempt_ts", "event_timestamp"),
    ),
    "endpoints": (
        ("first_seen", "last_seen", "install_date", "last_content_update_time"),
        ("install_date", "last_content_update_time"),
    ),
    "management_logs": (("AUDIT_INSERT_TIME",), ()),
}
