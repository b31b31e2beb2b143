package archipel.failures;

/**
 * 412 {@code fenced}: the database has seen a greater token of the lock, so another holder has it by now. Nothing was
 * written, and nothing that is sent under the same lock ever will be.
 */
public final class FencedException extends ArchipelException {
    /** @param what which request, for people */
    public FencedException(String what, ErrorAnswer answer) {
        super(what, answer, null);
    }
}
