package archipel.replication;

import archipel.document.JsonLimits;
import archipel.document.JsonTree;
import archipel.ends.End.StoredLog;
import archipel.ends.SourceSequence;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What one end remembers of a replication: CouchDB's {@code _local} document with the last session and those before.
 *
 * @param revision of the document; null where there is none
 * @param session of the last checkpoint; null where there was none
 * @param sequence how far the source was copied then
 * @param history the sessions, the newest first, as they are stored
 * @param body the whole document without reserved members, for answers; null where there is none
 */
record ReplicationLog(
        @Nullable String revision,
        @Nullable String session,
        SourceSequence sequence,
        List<JsonNode> history,
        @Nullable JsonNode body) {
    static final ReplicationLog EMPTY = new ReplicationLog(null, null, SourceSequence.ZERO, List.of(), null);

    static ReplicationLog of(@Nullable StoredLog stored) {
        if (stored == null) {
            return EMPTY;
        }
        JsonNode body = JsonTree.parse(stored.json(), JsonLimits.DEFAULT);
        List<JsonNode> history = new ArrayList<>();
        body.path("history").forEach(entry -> {
            if (entry.isObject()) {
                history.add(entry);
            }
        });
        JsonNode session = body.path("session_id");
        return new ReplicationLog(
                stored.revision(),
                session.isString() ? session.stringValue() : null,
                SourceSequence.of(body.path("source_last_seq")),
                history,
                body);
    }

    /**
     * Where a replication can begin, and which sessions were before it.
     *
     * @param sequence what lies up to it is at the target
     * @param history of the sessions up to it, the newest first
     */
    record Start(SourceSequence sequence, List<JsonNode> history) {
        static final Start BEGINNING = new Start(SourceSequence.ZERO, List.of());

        /** The positions of earlier sessions, the newest first. */
        List<SourceSequence> earlier() {
            return history.stream().map(ReplicationLog::recorded).distinct().toList();
        }
    }

    /**
     * The common ancestor of what the two ends remember. Where the same session comes first at both, that is where it
     * had come to; otherwise the newest session that both know. CouchDB then takes the position that the source has;
     * here the earlier of the two counts. They differ where a checkpoint reached one end and not the other, and where
     * one end was put back to a backup that was made within the session: what was copied since then is lost there, and
     * to begin at the later position would never copy it again.
     */
    static Start compare(ReplicationLog source, ReplicationLog target) {
        if (source.session != null && source.session.equals(target.session)) {
            SourceSequence sequence = SourceSequence.earlier(source.sequence, target.sequence);
            if (!sequence.isZero()) {
                return start(sequence, source.history);
            }
        }
        for (int i = 0; i < Math.max(source.history.size(), target.history.size()); i++) {
            Start start = ofSession(i, source.history, target.history);
            start = start == null ? ofSession(i, target.history, source.history) : start;
            if (start != null) {
                return start;
            }
        }
        return Start.BEGINNING;
    }

    private static @Nullable Start ofSession(int index, List<JsonNode> one, List<JsonNode> other) {
        if (index >= one.size()) {
            return null;
        }
        JsonNode entry = one.get(index);
        JsonNode same = find(session(entry), other);
        SourceSequence sequence =
                same == null ? SourceSequence.ZERO : SourceSequence.earlier(recorded(entry), recorded(same));
        return sequence.isZero() ? null : start(sequence, one.subList(index + 1, one.size()));
    }

    /**
     * Only what is no farther is handed on: the next checkpoint repeats it at both ends, as a promise that the target
     * has all up to there, and an end that was put back breaks promises.
     */
    private static Start start(SourceSequence sequence, List<JsonNode> history) {
        return new Start(
                sequence,
                history.stream()
                        .filter(entry -> {
                            SourceSequence recorded = recorded(entry);
                            return recorded.equals(sequence)
                                    || SourceSequence.earlier(recorded, sequence)
                                            .equals(recorded);
                        })
                        .toList());
    }

    private static @Nullable JsonNode find(String session, List<JsonNode> history) {
        if (session.isEmpty()) {
            return null;
        }
        for (JsonNode entry : history) {
            if (session(entry).equals(session)) {
                return entry;
            }
        }
        return null;
    }

    private static String session(JsonNode entry) {
        return entry.path("session_id").asString("");
    }

    private static SourceSequence recorded(JsonNode entry) {
        return SourceSequence.of(entry.path("recorded_seq"));
    }
}
