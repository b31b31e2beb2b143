package archipel.scheduler;

import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened to a replication.
 *
 * @param reason why it crashed; null for other events
 */
public record JobEvent(Kind kind, Instant time, @Nullable String reason) {
    /** What happened. */
    public enum Kind {
        ADDED,
        STARTED,
        STOPPED,
        CRASHED;

        /** As it is shown. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
