package archipel.failures;

/** The caller has lost the lock under which it wanted to work. Nothing was written. */
public final class LockLostException extends ArchipelException {
    /** @param name of the lock */
    public LockLostException(String name, String reason) {
        super("lock " + name, ErrorAnswer.none("lock_lost", reason), null);
    }
}
