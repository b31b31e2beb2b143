package archipel.mesh;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import java.util.Map;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Who is a member of the mesh and who was removed from it, as far as a node has heard: a map that merges to the same in
 * any order ({@link Member#with}). It is bounded, since any member can make up others: a mesh has {@code max_peers}
 * members, and a node remembers {@link #MOST} ids of members and removed ones together. Each transition of a known id
 * is taken, so that a removal never fails. For one thread at a time.
 */
final class Membership {
    /** What a message between nodes may name at the most; no honest node remembers more. */
    static final int MOST = 10_000;

    /** Removals of nodes that this one never knew leave room for others that are let in. */
    private static final int MOST_STRANGERS = 9_000;

    /** How far a member can raise an epoch at once; without a bound it could keep a node out for ever. */
    private static final long EPOCH_LEAP = 1_000;

    private final Map<String, Member> members;
    private final String self;
    private final IntSupplier mostLive;

    /**
     * @param members by id, which it changes
     * @param self the node's own id, which is none of them
     * @param mostLive how many members that were not removed there may be
     */
    Membership(Map<String, Member> members, String self, IntSupplier mostLive) {
        this.members = members;
        this.self = self;
        this.mostLive = mostLive;
    }

    boolean isMember(String id) {
        Member member = members.get(id);
        return member != null && !member.removed();
    }

    boolean isRemoved(String id) {
        Member member = members.get(id);
        return member != null && member.removed();
    }

    @Nullable
    NodeRecord recordOrNull(String id) {
        Member member = members.get(id);
        return member == null ? null : member.record();
    }

    private int live() {
        return (int)
                members.values().stream().filter(member -> !member.removed()).count();
    }

    /**
     * Lets a node in, also one that was removed.
     *
     * @throws RequestException 400 for the node itself, 503 where the mesh is full
     */
    void admit(NodeRecord record) {
        String id = record.id();
        if (id.equals(self)) {
            throw new RequestException(ErrorCode.PEER_SELF);
        }
        Member before = members.get(id);
        boolean full = before == null && members.size() >= MOST;
        if (full || !isMember(id) && live() >= mostLive.getAsInt()) {
            throw new RequestException(ErrorCode.PEERS_FULL);
        }
        if (before == null) {
            members.put(id, Member.joined(record, 1));
        } else {
            members.put(id, before.with(Member.joined(record, before.epoch() + (before.removed() ? 1 : 0))));
        }
    }

    /**
     * Merges what another member knows of a node other than this one.
     *
     * @return what is known of it now; null where that is not new, or one too many
     */
    @Nullable
    Member merge(Member given) {
        Member before = members.get(given.id());
        // Whoever passes on what a hostile member has raised is not to blame, so the leap is cut and nobody refused.
        long most = (before == null ? 0 : before.epoch()) + EPOCH_LEAP;
        Member told = given.epoch() > most ? given.at(most) : given;
        Member now = before == null ? told : before.with(told);
        boolean joins = !now.removed() && !isMember(now.id());
        boolean fits = (before != null || members.size() < (now.removed() ? MOST_STRANGERS : MOST))
                && (!joins || live() < mostLive.getAsInt());
        if (!fits || now.equals(before)) {
            return null;
        }
        members.put(now.id(), now);
        return now;
    }

    /** @throws RequestException 404 where it is no member */
    void remove(String id) {
        Member member = members.get(id);
        if (member == null || member.removed()) {
            throw new RequestException(ErrorCode.PEER_UNKNOWN);
        }
        members.put(id, member.gone());
    }
}
