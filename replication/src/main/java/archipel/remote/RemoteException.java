package archipel.remote;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A request to another node had no whole answer. The message names the URL without its credentials. */
public final class RemoteException extends IOException {
    private final transient Kind kind;

    /** @param what happened to whom; without credentials */
    public RemoteException(Kind kind, String what, @Nullable Throwable cause) {
        super(what, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }

    /** What went wrong. */
    public enum Kind {
        /** The host's name has no address. */
        UNRESOLVED(true),
        /** Every address of the host is one that this node must not connect to. */
        DENIED(false),
        /** Nobody accepted the connection. */
        REFUSED(true),
        /** TLS could not be agreed on, or the other side's certificate is not trusted. */
        UNTRUSTED(false),
        /** Nothing came for as long as a request waits. */
        TIMEOUT(true),
        /** The connection ended before the answer did. */
        CUT(true),
        /** What came is not what the protocol says, or is larger than anything that is taken. */
        MALFORMED(false),
        /** Too many requests wait for this host already. */
        BUSY(true),
        /** This side has given up. */
        STOPPED(false);

        private final boolean passing;

        Kind(boolean passing) {
            this.passing = passing;
        }

        /** Whether the same request may succeed a moment later. */
        public boolean isPassing() {
            return passing;
        }
    }
}
