package archipel.leases;

/** Who stands for election. Its methods are called one after another, on a thread of the election. */
public interface Candidate {
    /**
     * It leads from now on. Should return soon: the loss is told after that. {@link HeldLock#isHeld} always says at
     * once whether it still leads.
     *
     * @param lock to write under
     */
    void elected(HeldLock lock);

    /** It does not lead any more, and stands again. */
    void deposed();
}
