package archipel.consensus;

/** An entry that was proposed, of whoever waits for what becomes of it. */
public interface Proposal {
    /** The entry may never be applied; {@link Reason} says what is known. Called at most once; must not wait. */
    void failed(Reason reason);

    /** Why a proposal came to nothing here. */
    enum Reason {
        /** This member does not lead, or is about to hand over. The entry is in no log. */
        NOT_LEADER,
        /** More is under way than this member takes. The entry is in no log. */
        BUSY,
        /** This member ceased to lead, or stops. The entry may be applied yet, or never. */
        UNKNOWN
    }
}
