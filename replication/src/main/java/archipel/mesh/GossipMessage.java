package archipel.mesh;

import archipel.document.JsonLimits;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.json.JsonCursor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What one node tells another of its mesh. Read member by member, since whoever sends it may be hostile: what is too
 * much is refused before anything is made of it.
 *
 * @param instance which process tells it
 * @param observed the address under which it sees the one that it tells; empty where it does not say
 * @param twin whether another process runs that has the key of the one that it tells
 * @param proof that it knows the secret of the mesh; empty where none was asked for
 */
record GossipMessage(List<Member> members, String instance, String observed, boolean twin, String proof) {
    /** A mesh has no more by its settings. */
    static final int MOST_LIVE = 1_001;

    static final int MOST_REMOVED = Membership.MOST;
    private static final int LONGEST_MEMBER = 8 << 10;
    private static final int LONGEST_TEXT = 100;

    GossipMessage {
        members = List.copyOf(members);
    }

    /**
     * Reads it.
     *
     * @param known the record of a node that is known already, whose signature need not be checked again
     * @throws MeshViolationException for what no member tells
     */
    static GossipMessage parse(byte[] json, Function<String, @Nullable NodeRecord> known)
            throws MeshViolationException {
        try {
            return parse(new JsonCursor(json, 0, json.length), json, known);
        } catch (RequestException malformed) {
            throw new MeshViolationException("its gossip is malformed");
        }
    }

    private static GossipMessage parse(JsonCursor cursor, byte[] json, Function<String, @Nullable NodeRecord> known)
            throws MeshViolationException {
        List<Member> members = new ArrayList<>();
        String instance = "";
        String observed = "";
        boolean twin = false;
        String proof = "";
        if (!cursor.enterObject()) {
            throw new MeshViolationException("its gossip is malformed");
        }
        while (cursor.nextMember()) {
            if (cursor.isKey("members")) {
                readMembers(cursor, json, known, members);
            } else if (cursor.isKey("instance")) {
                instance = text(cursor, json);
            } else if (cursor.isKey("observed")) {
                observed = text(cursor, json);
            } else if (cursor.isKey("twin")) {
                twin = cursor.isTrue();
            } else if (cursor.isKey("proof")) {
                proof = text(cursor, json);
            } else {
                cursor.skip();
            }
        }
        return new GossipMessage(members, instance, observed, twin, proof);
    }

    private static void readMembers(
            JsonCursor cursor, byte[] json, Function<String, @Nullable NodeRecord> known, List<Member> into)
            throws MeshViolationException {
        int live = 0;
        boolean any = cursor.enterArray();
        while (any && cursor.nextElement()) {
            int from = cursor.position();
            int length = cursor.skip() - from;
            if (length > LONGEST_MEMBER) {
                throw new MeshViolationException("a member is malformed");
            }
            Member member = Member.parse(JsonTree.parse(json, from, length, JsonLimits.DEFAULT), known);
            live += member.removed() ? 0 : 1;
            into.add(member);
            if (live > MOST_LIVE || into.size() - live > MOST_REMOVED) {
                throw new MeshViolationException("its list of members is longer than any mesh has");
            }
        }
    }

    /** A short string. */
    private static String text(JsonCursor cursor, byte[] json) throws MeshViolationException {
        int from = cursor.position();
        int length = cursor.skip() - from;
        if (length > LONGEST_TEXT) {
            throw new MeshViolationException("its gossip is malformed");
        }
        return new JsonCursor(json, from, from + length).text();
    }
}
