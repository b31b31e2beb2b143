package archipel.feeds;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.feeds.FeedWriter.Shape;
import archipel.http.Parameters;
import archipel.http.Request;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks of {@code _changes}.
 *
 * @param since as {@link Since} reads it
 * @param limit rows at the most, from 0
 * @param allLeaves whether a row lists all leaves ({@code style=all_docs}) or the winner alone
 * @param sequenceInterval of how many rows one carries a seq; 1 for each
 * @param heartbeatMs after how much silence a sign of life is sent; 0 for none, and then the feed ends after {@code
 *     timeoutMs} of silence
 * @param blocks whether a row says which block made the change, and whether that block ends with it
 * @param filter the {@code filter} parameter, empty for none
 * @param strict whether a {@code since} of another history is to be refused
 */
record ChangesQuery(
        Shape shape,
        String since,
        long limit,
        boolean descending,
        boolean allLeaves,
        long sequenceInterval,
        long heartbeatMs,
        long timeoutMs,
        boolean includeDocuments,
        boolean conflicts,
        boolean attachments,
        boolean encodingInfo,
        boolean blocks,
        String filter,
        boolean strict) {
    /** CouchDB's default limit. Which rows of {@code seq_interval} carry a seq is counted down from it. */
    static final long NO_LIMIT = 1_000_000_000_000_000L;

    /**
     * What a request's parameters say, and its {@code Last-Event-ID}.
     *
     * @param longestWaitMs the default and the bound of heartbeat and timeout
     * @throws RequestException 400 for what is malformed
     */
    static ChangesQuery of(Request request, long longestWaitMs) {
        Parameters parameters = request.parameters();
        Builder builder = new Builder(longestWaitMs);
        for (String name : parameters.names()) {
            builder.set(name, parameters.get(name, ""));
        }
        String lastEventId = request.header("Last-Event-ID");
        if (lastEventId != null) {
            builder.setLastEventId(lastEventId);
        }
        return builder.build();
    }

    /** Gathers parameters; names are taken in any case, and a later one overrides an earlier one. */
    static final class Builder {
        private final long longestWaitMs;
        private @Nullable Shape shape = Shape.NORMAL;
        private String since = "0";
        private long limit = NO_LIMIT;
        private boolean descending;
        private boolean allLeaves;
        private long sequenceInterval = 1;
        private long heartbeatMs;
        private long timeoutMs;
        private boolean includeDocuments;
        private boolean conflicts;
        private boolean attachments;
        private boolean encodingInfo;
        private boolean blocks;
        private String filter = "";
        private boolean strict;

        /** @param longestWaitMs the setting that is the default and the bound of heartbeats and timeouts, over 0 */
        Builder(long longestWaitMs) {
            this.longestWaitMs = longestWaitMs;
            this.timeoutMs = longestWaitMs;
        }

        /** Unknown names are passed over, and so is every value but {@code true} of what can only be turned on. */
        void set(String name, String value) {
            switch (name.toLowerCase(Locale.ROOT)) {
                case "feed" -> shape = Shape.of(value.equals("live") ? "continuous" : value);
                case "since", "last-event-id" -> since = value;
                case "limit" -> limit = Math.clamp(integer("limit", value), 0, NO_LIMIT);
                case "style" -> allLeaves = isAllDocs(value);
                case "seq_interval" -> sequenceInterval = interval(value);
                case "heartbeat" -> heartbeatMs = heartbeat(value);
                case "timeout" -> timeoutMs = Math.clamp(integer("timeout", value), 0, longestWaitMs);
                case "filter" -> filter = value;
                case "descending" -> descending |= value.equals("true");
                case "include_docs" -> includeDocuments |= value.equals("true");
                case "conflicts" -> conflicts |= value.equals("true");
                case "attachments" -> attachments |= value.equals("true");
                case "strict" -> strict |= value.equals("true");
                case "blocks" -> blocks |= value.equals("true");
                case "att_encoding_info" -> encodingInfo |= value.equals("true");
                default -> {}
            }
        }

        /** The header of an event source that connects again; it wins over {@code since}. */
        void setLastEventId(String value) {
            if (shape == Shape.EVENTSOURCE) {
                since = value;
            }
        }

        ChangesQuery build() {
            if (shape == null) {
                throw new RequestException(ErrorCode.CHANGES_FEED_TYPE);
            }
            return new ChangesQuery(
                    shape,
                    unquoted(since),
                    limit,
                    descending,
                    allLeaves,
                    sequenceInterval,
                    heartbeatMs,
                    timeoutMs,
                    includeDocuments,
                    conflicts,
                    attachments,
                    encodingInfo,
                    blocks,
                    filter,
                    strict);
        }

        private static boolean isAllDocs(String value) {
            return switch (value) {
                case "main_only" -> false;
                case "all_docs" -> true;
                default -> throw new RequestException(ErrorCode.CHANGES_STYLE);
            };
        }

        private long heartbeat(String value) {
            if (value.equals("true")) {
                return longestWaitMs;
            }
            long ms;
            try {
                ms = Long.parseLong(value);
            } catch (NumberFormatException e) {
                throw new RequestException(ErrorCode.HEARTBEAT_NOT_INTEGER);
            }
            if (ms <= 0) {
                throw new RequestException(ErrorCode.HEARTBEAT_NOT_POSITIVE);
            }
            return Math.min(ms, longestWaitMs);
        }

        private static long interval(String value) {
            try {
                long interval = Long.parseLong(value);
                if (interval > 0) {
                    return interval;
                }
            } catch (NumberFormatException e) {
                // Refused below, like zero.
            }
            throw new RequestException(ErrorCode.INVALID_SEQUENCE_INTERVAL);
        }

        private static long integer(String name, String value) {
            try {
                return Long.parseLong(value);
            } catch (NumberFormatException e) {
                throw new RequestException(ErrorCode.CHANGES_NOT_INTEGER, name);
            }
        }

        /** Some clients send a seq as the JSON text in which they got it. */
        private static String unquoted(String text) {
            return text.length() > 1 && text.startsWith("\"") && text.endsWith("\"")
                    ? text.substring(1, text.length() - 1)
                    : text;
        }
    }
}
