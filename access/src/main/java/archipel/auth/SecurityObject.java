package archipel.auth;

import archipel.document.JsonBuffer;
import archipel.document.JsonLimits;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * A database's {@code _security}: who is an admin and who a member of it, by name or role. Where nobody is named a
 * member, everybody is one.
 */
public record SecurityObject(Group admins, Group members) {
    /** Server admins alone: what a database begins with. */
    public static final SecurityObject ADMIN_ONLY = new SecurityObject(
            new Group(List.of(), List.of(UserContext.ADMIN_ROLE)),
            new Group(List.of(), List.of(UserContext.ADMIN_ROLE)));

    /** Everybody is a member; only server admins are admins. */
    public static final SecurityObject EVERYONE = new SecurityObject(Group.NOBODY, Group.NOBODY);

    /**
     * @param names of users
     * @param roles of users
     */
    public record Group(List<String> names, List<String> roles) {
        static final Group NOBODY = new Group(List.of(), List.of());

        boolean isEmpty() {
            return names.isEmpty() && roles.isEmpty();
        }

        private void write(String name, JsonBuffer json) {
            json.string(name).ascii(":{");
            if (!names.isEmpty()) {
                write(names, json.ascii("\"names\":"));
                json.ascii(',');
            }
            write(roles, json.ascii("\"roles\":"));
            json.ascii('}');
        }

        private static void write(List<String> strings, JsonBuffer json) {
            json.ascii('[');
            for (int i = 0; i < strings.size(); i++) {
                json.ascii(i == 0 ? "" : ",").string(strings.get(i));
            }
            json.ascii(']');
        }

        boolean has(UserContext user) {
            if (user.name() != null && names.contains(user.name())) {
                return true;
            }
            for (String role : user.roles()) {
                if (roles.contains(role)) {
                    return true;
                }
            }
            return false;
        }
    }

    public boolean isAdmin(UserContext user) {
        return user.isAdmin() || admins.has(user);
    }

    public boolean isMember(UserContext user) {
        return isAdmin(user) || members.isEmpty() || members.has(user);
    }

    /** As CouchDB shows one that was never set: members first, and nothing of those who are not named. */
    byte[] json() {
        JsonBuffer json = new JsonBuffer(128).ascii('{');
        if (!members.isEmpty()) {
            members.write("members", json);
        }
        if (!admins.isEmpty()) {
            admins.write("admins", json.ascii(members.isEmpty() ? "" : ","));
        }
        return json.ascii('}').toByteArray();
    }

    /**
     * Reads a security object as it was set. {@code readers} is the old name of {@code members}, and counts where the
     * new one is absent. What has another shape than names and roles in lists is passed over: {@code _security} refuses
     * it.
     */
    public static SecurityObject parse(byte[] json) {
        JsonNode security;
        try {
            security = JsonTree.parse(json, JsonLimits.STORED);
        } catch (RequestException damaged) {
            // It was checked when it was set; should it be unreadable all the same, nobody but server admins gets in.
            return ADMIN_ONLY;
        }
        return security.isObject()
                ? new SecurityObject(
                        group(security.path("admins")),
                        group(security.path(security.has("members") ? "members" : "readers")))
                : ADMIN_ONLY;
    }

    private static Group group(JsonNode section) {
        return new Group(strings(section.path("names")), strings(section.path("roles")));
    }

    private static List<String> strings(JsonNode list) {
        return list.isArray()
                ? list.valueStream()
                        .filter(JsonNode::isString)
                        .map(JsonNode::stringValue)
                        .toList()
                : List.of();
    }
}
