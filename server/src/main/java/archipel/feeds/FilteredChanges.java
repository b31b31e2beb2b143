package archipel.feeds;

import archipel.changes.Change;
import archipel.changes.Waiter;
import archipel.document.Leaf;
import archipel.read.ChangeCursor;
import archipel.read.Reader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A walk over changes with what a filter lets through of each; begins before the first. Where the filter is a function,
 * several changes are read ahead, so that it is asked about many documents at a time.
 */
final class FilteredChanges {
    /** How many changes are read ahead at the most. */
    private static final int MOST = 100;

    private final Reader reader;
    private final ChangeCursor cursor;
    private final ChangeFilter filter;
    private final boolean allLeaves;
    private final Waiter waiter;
    private List<Change> ahead = List.of();
    private List<List<Leaf>> shownAhead = List.of();
    private @Nullable Change change;
    private List<Leaf> shown = List.of();
    private boolean ended;
    private int at;
    private int read;

    /**
     * @param allLeaves whether the filter is asked about all leaves, or about the winner alone
     * @param waiter who waits for what the filter says
     */
    FilteredChanges(Reader reader, ChangeCursor cursor, ChangeFilter filter, boolean allLeaves, Waiter waiter) {
        this.reader = reader;
        this.cursor = cursor;
        this.filter = filter;
        this.allLeaves = allLeaves;
        this.waiter = waiter;
    }

    /**
     * Steps to the next change; false at the end.
     *
     * @param wanted how many more changes that pass the caller can use; so many are read ahead at first, then more
     * @throws IOException of the waiter
     */
    boolean next(long wanted) throws IOException {
        if (filter instanceof ChangeFilter.ByFunction function) {
            if (++at >= ahead.size()) {
                readAhead(function, wanted);
            }
            if (ahead.isEmpty()) {
                return false;
            }
            change = ahead.get(at);
            shown = shownAhead.get(at);
            return true;
        }
        if (!step()) {
            return false;
        }
        change = cursor.change();
        shown = select(reader, change, filter, allLeaves, waiter);
        return true;
    }

    private void readAhead(ChangeFilter.ByFunction function, long wanted) throws IOException {
        long most = Math.clamp(wanted, Math.max(1, read), MOST);
        at = 0;
        ahead = new ArrayList<>();
        List<ChangeFilter.Asked> asked = new ArrayList<>();
        while (ahead.size() < most && step()) {
            Change next = cursor.change();
            ahead.add(next);
            asked.add(new ChangeFilter.Asked(next.id(), wanted(next, allLeaves)));
        }
        read = Math.min(MOST, read + ahead.size());
        shownAhead = function.select(reader, asked, waiter);
    }

    /** The cursor is not to be asked again once it has come to its end. */
    private boolean step() {
        ended = ended || !cursor.next();
        return !ended;
    }

    Change change() {
        return Objects.requireNonNull(change, "no change before the first call of next");
    }

    /** The leaves to show; none where the change is not to be shown. */
    List<Leaf> shown() {
        return shown;
    }

    /** What a filter lets through of one change. */
    static List<Leaf> select(Reader reader, Change change, ChangeFilter filter, boolean allLeaves, Waiter waiter)
            throws IOException {
        return filter.select(reader, change.id(), wanted(change, allLeaves), waiter);
    }

    private static List<Leaf> wanted(Change change, boolean allLeaves) {
        List<Leaf> leaves = change.leaves();
        return allLeaves || leaves.size() == 1 ? leaves : leaves.subList(0, 1);
    }
}
