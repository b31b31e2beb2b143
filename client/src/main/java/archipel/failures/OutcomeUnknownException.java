package archipel.failures;

import org.jspecify.annotations.Nullable;

/**
 * A write was sent and may or may not have been carried out: no answer came, or a node said that it does not know
 * ({@code write_undecided}), and looking afterwards did not decide it. It may even be carried out after this was
 * thrown. Read what there is before writing again.
 */
public final class OutcomeUnknownException extends ArchipelException {
    /** @param what which request, for people */
    public OutcomeUnknownException(String what, ErrorAnswer answer, @Nullable Throwable cause) {
        super(what, answer, cause);
    }
}
