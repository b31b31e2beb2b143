package archipel.raft;

/**
 * How far an image is that this member sends or receives.
 *
 * @param from which member it is of
 * @param to which member it is for
 * @param bytes that were sent, or have come
 * @param expected how many there are in all, roughly; 0 where that is not known
 */
public record ImageProgress(int group, String from, String to, State state, long bytes, long expected) {
    /** What is being done with it. */
    public enum State {
        /** Others are sent first. */
        WAITING,
        SENDING,
        RECEIVING,
        /** It has come, and is put in the place of the group. */
        INSTALLING
    }
}
