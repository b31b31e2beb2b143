package archipel.testimony;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** All writes that were tried, whatever became of them. */
final class Attempts implements Proof {
    /** @param block null unless acknowledged with one */
    record Attempt(Seen.Write write, @Nullable Block block, long line) {
        @Nullable
        Edit edit(String id) {
            for (Edit edit : write.edits()) {
                if (edit.id().equals(id)) {
                    return edit;
                }
            }
            return null;
        }

        boolean isAccepted() {
            return block != null && write.edits().stream().anyMatch(e -> e.outcome() == Edit.Outcome.ACCEPTED);
        }
    }

    /** An edit that was acknowledged. */
    record Acknowledged(long block, String id, long version, long line) {}

    private final Map<String, Attempt> byToken = new HashMap<>();
    private final NavigableSet<String> ids = new TreeSet<>();
    private final List<Acknowledged> acknowledged = new ArrayList<>();
    private final Map<String, TreeSet<Long>> unknown = new HashMap<>();
    private final Map<String, TreeSet<Long>> unknownDeletions = new HashMap<>();
    private final Map<Long, Integer> changes = new TreeMap<>();
    private long refused;
    private long lost;

    @Override
    public void gather(Event event, long line) {
        if (!(event.seen() instanceof Seen.Write write)) {
            return;
        }
        byToken.put(write.token(), new Attempt(write, event.block(), line));
        for (Edit edit : write.edits()) {
            ids.add(edit.id());
            switch (edit.outcome()) {
                case ACCEPTED -> accept(event, edit, line);
                case REFUSED -> refused++;
                case UNKNOWN -> {
                    lost++;
                    unknown.computeIfAbsent(edit.id(), _ -> new TreeSet<>()).add(edit.version());
                    if (edit.deleted()) {
                        unknownDeletions
                                .computeIfAbsent(edit.id(), _ -> new TreeSet<>())
                                .add(edit.version());
                    }
                }
            }
        }
    }

    private void accept(Event event, Edit edit, long line) {
        if (event.block() != null) {
            long block = event.block().number();
            acknowledged.add(new Acknowledged(block, edit.id(), edit.version(), line));
            changes.merge(block, 1, Integer::sum);
        }
    }

    @Override
    public void gathered() {
        acknowledged.sort(Comparator.comparingLong(Acknowledged::block));
    }

    @Nullable
    Attempt of(String token) {
        return byToken.get(token);
    }

    Collection<Attempt> all() {
        return byToken.values();
    }

    /** Every document that anybody wrote or tried to write. */
    NavigableSet<String> ids() {
        return ids;
    }

    /** In the order of their blocks, once all are gathered. */
    List<Acknowledged> acknowledged() {
        return acknowledged;
    }

    /** How many edits each block is known to have, by the blocks' numbers. */
    Map<Long, Integer> changes() {
        return changes;
    }

    /** Whether a write with an unknown outcome would have given the document that version. */
    boolean mayHave(String id, long version) {
        TreeSet<Long> versions = unknown.get(id);
        return versions != null && versions.contains(version);
    }

    /** Whether a deletion with an unknown outcome would have given the document a version between these two. */
    boolean mayBeDeleted(String id, long above, long below) {
        TreeSet<Long> versions = unknownDeletions.get(id);
        Long next = versions == null ? null : versions.higher(above);
        return next != null && next < below;
    }

    @Override
    public Map<String, Long> figures() {
        Map<String, Long> figures = new LinkedHashMap<>();
        figures.put("edits acknowledged", (long) acknowledged.size());
        figures.put("edits refused", refused);
        if (lost > 0) {
            figures.put("edits without an answer", lost);
        }
        return figures;
    }
}
