package archipel.ends;

import archipel.document.RequestException;
import archipel.memory.MemoryLimitException;
import archipel.remote.RemoteException;
import org.jspecify.annotations.Nullable;

/** A replication that cannot go on. What it says has no credentials in it, and can be shown. */
public final class ReplicationException extends Exception {
    /** The error of a source that sent what its revisions are not the hashes of, where they have to be. */
    public static final String ALTERED = "altered_content";

    private final String error;
    private final boolean passing;

    /**
     * @param error a word, such as {@code db_not_found}
     * @param reason a sentence
     * @param passing whether it may go better later, without anybody changing anything
     */
    public ReplicationException(String error, String reason, boolean passing, @Nullable Throwable cause) {
        super(reason, cause);
        this.error = error;
        this.passing = passing;
    }

    public String error() {
        return error;
    }

    public String reason() {
        return String.valueOf(getMessage());
    }

    public boolean isPassing() {
        return passing;
    }

    /** Whether the same step may succeed a moment later. */
    public static boolean passes(Exception e) {
        return switch (e) {
            case RemoteException remote -> remote.kind().isPassing();
            case EndFaultException fault -> fault.isPassing();
            case RequestException refusal -> refusal.status() >= 500 && refusal.status() != 501;
            case MemoryLimitException memory -> memory.kind() == MemoryLimitException.Kind.BUSY;
            default -> true;
        };
    }

    /** What a step failed with, as whoever started the replication is told. */
    public static ReplicationException of(Exception e) {
        boolean passing = passes(e);
        return switch (e) {
            case RemoteException remote ->
                new ReplicationException(word(remote.kind()), String.valueOf(remote.getMessage()), passing, e);
            case EndFaultException fault ->
                new ReplicationException(fault.error(), String.valueOf(fault.getMessage()), passing, e);
            case RequestException refusal -> new ReplicationException(refusal.error(), refusal.reason(), passing, e);
            case MemoryLimitException memory ->
                new ReplicationException("service_unavailable", String.valueOf(memory.getMessage()), passing, e);
            default -> new ReplicationException("replication_failed", String.valueOf(e.getMessage()), passing, e);
        };
    }

    private static String word(RemoteException.Kind kind) {
        return switch (kind) {
            case UNRESOLVED -> "nxdomain";
            case DENIED -> "address_denied";
            case REFUSED -> "connection_refused";
            case UNTRUSTED -> "tls_alert";
            case TIMEOUT -> "timeout";
            case CUT -> "connection_closed";
            case MALFORMED -> "malformed_answer";
            case BUSY -> "too_many_requests";
            case STOPPED -> "stopped";
        };
    }
}
