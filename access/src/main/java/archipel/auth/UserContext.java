package archipel.auth;

import archipel.document.JsonBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who a request comes from.
 *
 * @param name null for a client that did not say who it is
 * @param roles {@code _admin} among them makes a server admin
 * @param authenticatedBy what {@code _session} shows: {@code cookie} or {@code default} (Basic); {@code peer} for
 *     another node, empty for the anonymous
 * @param proof by what it proved that
 */
public record UserContext(@Nullable String name, List<String> roles, String authenticatedBy, Proof proof) {
    public static final String ADMIN_ROLE = "_admin";
    public static final UserContext ANONYMOUS = new UserContext(null, List.of(), "");

    /** The node itself, where it writes on nobody's behalf. */
    public static final UserContext NODE = new UserContext(null, List.of(ADMIN_ROLE), "");

    private static final String PEER = "peer";

    /**
     * Another node, which may read what is replicated to it ({@link PeerDoor}).
     *
     * @param fingerprint of its key
     * @param member false for a stranger, who may ask to become one
     * @param door asked whether a member still is one
     */
    public static UserContext peer(String fingerprint, boolean member, PeerDoor door) {
        return member
                ? new UserContext(fingerprint, List.of(ADMIN_ROLE), PEER, new Proof.OfMember(door))
                : new UserContext(fingerprint, List.of(), PEER);
    }

    public UserContext {
        roles = List.copyOf(roles);
    }

    /** Of whom this is known for as long as it does something. */
    public UserContext(@Nullable String name, List<String> roles, String authenticatedBy) {
        this(name, roles, authenticatedBy, Proof.LASTING);
    }

    /** As functions of design documents see it: {@code {"db":…,"name":…,"roles":[…]}}. */
    public byte[] json(String database) {
        JsonBuffer json = new JsonBuffer(128).ascii("{\"db\":").string(database);
        json.ascii(",\"name\":").stringOrNull(name);
        json.ascii(",\"roles\":[");
        for (int i = 0; i < roles.size(); i++) {
            json.ascii(i == 0 ? "" : ",").string(roles.get(i));
        }
        return json.ascii("]}").toByteArray();
    }

    public boolean isAnonymous() {
        return name == null;
    }

    /** Whether this is a server admin, who may do anything. */
    public boolean isAdmin() {
        return hasRole(ADMIN_ROLE);
    }

    /** Whether this is another node: it sees as much as an admin of what is replicated, and may do nothing else. */
    public boolean isPeer() {
        return authenticatedBy.equals(PEER);
    }

    public boolean hasRole(String role) {
        return roles.contains(role);
    }
}
