package archipel.auth;

import archipel.document.JsonBuffer;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * A database's {@code _security}: who is an admin and who a member of it, by name or role. Where nobody is named a
 * member, everybody is one.
 */
public record SecurityObject(Group admins, Group members) {
    private static final JsonFactory JSON = new JsonFactory();

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
        Group admins = Group.NOBODY;
        Group members = Group.NOBODY;
        boolean hasMembers = false;
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return ADMIN_ONLY;
            }
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                String section = parser.currentName();
                parser.nextToken();
                switch (section) {
                    case "admins" -> admins = group(parser);
                    case "members" -> {
                        members = group(parser);
                        hasMembers = true;
                    }
                    case "readers" -> {
                        Group readers = group(parser);
                        members = hasMembers ? members : readers;
                    }
                    default -> parser.skipChildren();
                }
            }
            return new SecurityObject(admins, members);
        } catch (JacksonException damaged) {
            // It was checked when it was set; should it be unreadable all the same, nobody but server admins gets in.
            return ADMIN_ONLY;
        }
    }

    private static Group group(JsonParser parser) {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            parser.skipChildren();
            return Group.NOBODY;
        }
        List<String> names = List.of();
        List<String> roles = List.of();
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String member = parser.currentName();
            parser.nextToken();
            switch (member) {
                case "names" -> names = strings(parser);
                case "roles" -> roles = strings(parser);
                default -> parser.skipChildren();
            }
        }
        return new Group(names, roles);
    }

    private static List<String> strings(JsonParser parser) {
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            parser.skipChildren();
            return List.of();
        }
        List<String> strings = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() == JsonToken.VALUE_STRING) {
                strings.add(parser.getString());
            } else {
                parser.skipChildren();
            }
        }
        return List.copyOf(strings);
    }
}
