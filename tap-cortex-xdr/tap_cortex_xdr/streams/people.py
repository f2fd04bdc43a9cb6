"""Users of the console, their roles and groups, and whom the vendor holds for risky."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from edr_tap_kit.pages import Row
from typing_extensions import override

from tap_cortex_xdr import replies
from tap_cortex_xdr.streams.base import NamedForSql
from tap_cortex_xdr.streams.tables import ReplyStream


class Users(ReplyStream):
    """Users of the console (``rbac/get_users``)."""

    name = "users"
    primary_keys = ("user_email",)
    path = "v1/rbac/get_users"
    bare = True


class _Named(ReplyStream):
    """A table that is only handed out by name: the names are those that users carry."""

    other_paths = (Users.path,)
    names_param: str
    member_of_user: tuple[str, ...]

    @override
    def reply(self) -> Any:
        names = sorted(set(self._names()))
        return self.client.post(self.path, {self.names_param: names}) if names else []

    @override
    def rows_in(self, reply: Any) -> list[Row]:
        """Return the rows; some tenants put each into a list of its own."""
        entries = replies.list_of(reply, self.list_key)
        if not entries:
            return super().rows_in(reply)
        flat = [row for each in entries for row in (each if isinstance(each, list) else [each])]
        return super().rows_in(flat)

    def _names(self) -> Iterator[str]:
        users = self.tap.stream(Users)
        for user in users.rows_in(users.reply()):
            for member in self.member_of_user:
                held = user.get(member)
                for each in held if isinstance(held, list) else [held]:
                    name = each.get("group_name") if isinstance(each, dict) else each
                    if name:
                        yield str(name)


class Roles(_Named):
    """The roles that users hold (``rbac/get_roles``)."""

    name = "roles"
    primary_keys = ("pretty_name",)
    path = "v1/rbac/get_roles"
    names_param = "role_names"
    member_of_user = ("role_name", "roles")


class UserGroups(_Named):
    """The groups that users are in (``rbac/get_user_group``)."""

    name = "user_groups"
    primary_keys = ("group_name",)
    path = "v1/rbac/get_user_group"
    names_param = "group_names"
    member_of_user = ("groups",)


class RiskyUsers(NamedForSql, ReplyStream):
    """Users with a raised risk score (``get_risky_users``)."""

    name = "risky_users"
    primary_keys = ("id",)
    path = "v1/get_risky_users"
    bare = True


class RiskyHosts(RiskyUsers):
    """Hosts with a raised risk score (``get_risky_hosts``)."""

    name = "risky_hosts"
    path = "v1/get_risky_hosts"
