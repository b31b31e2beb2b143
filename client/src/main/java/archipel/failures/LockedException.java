package archipel.failures;

/** 409 {@code locked}: another holder has kept the lock for as long as the caller wanted to wait. */
public final class LockedException extends ArchipelException {
    /** @param what which request, for people */
    public LockedException(String what, ErrorAnswer answer) {
        super(what, answer, null);
    }

    /** Who has it, as that one calls itself; empty where the node does not say. */
    public String holder() {
        return answer().field("holder.owner");
    }
}
