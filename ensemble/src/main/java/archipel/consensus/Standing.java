package archipel.consensus;

import org.jspecify.annotations.Nullable;

/**
 * How a group stands at the moment, as far as one of its members knows.
 *
 * @param leader null where none is known
 * @param committed index of the newest entry that a majority has
 * @param applied index of the newest entry that is applied here
 * @param last index of the newest entry in this member's log
 */
public record Standing(
        Role role, @Nullable String leader, long term, long committed, long applied, long last, Membership membership) {

    /** What a member is at the moment. */
    public enum Role {
        LEADER,
        FOLLOWER,
        /** It asks to be elected. */
        CANDIDATE,
        /** It has no vote. */
        OBSERVER,
        /** It leads and hands over. */
        HANDING_OVER,
        /** It takes no part any more, by a fault or since it ends. */
        STOPPED
    }
}
