package archipel.failures;

import org.jspecify.annotations.Nullable;

/**
 * No node has answered in time, or those that did could not do it now (503). Nothing was written: a write of which that
 * is not certain ends with {@link OutcomeUnknownException}. The same request may be sent again later.
 */
public class UnavailableException extends ArchipelException {
    /** @param what which request, for people */
    public UnavailableException(String what, ErrorAnswer answer, @Nullable Throwable cause) {
        super(what, answer, cause);
    }
}
