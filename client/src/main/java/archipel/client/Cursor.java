package archipel.client;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Rows that are read page by page, all from the block that the first page came from: whatever is written meanwhile, the
 * pages fit together. Holds one page, and nothing on the node, so that it need not be closed. Not safe for use by many
 * threads.
 */
public final class Cursor<T> implements Iterator<T> {
    private final Pages<T> pages;
    private @Nullable Page<T> page;
    private int next;

    Cursor(Pages<T> pages) {
        this.pages = pages;
    }

    /** Reads pages. */
    @FunctionalInterface
    interface Pages<T> {
        /** @param before null for the first page */
        Page<T> after(@Nullable Page<T> before);
    }

    /**
     * @param block that it was read from
     * @param mark where the next one begins; empty where there is none
     */
    record Page<T>(List<T> rows, Block block, String mark) {}

    /**
     * @throws archipel.failures.ArchipelException where the next page cannot be read;
     *     {@link archipel.failures.BlockPrunedException} where the reader was slower than blocks stay readable
     */
    @Override
    public boolean hasNext() {
        while (page == null || next == page.rows.size() && !page.mark.isEmpty()) {
            page = pages.after(page);
            next = 0;
        }
        return next < page.rows.size();
    }

    @Override
    public T next() {
        if (!hasNext() || page == null) {
            throw new NoSuchElementException();
        }
        return page.rows.get(next++);
    }

    /** The block that the rows are read from. */
    public Block block() {
        if (page == null) {
            page = pages.after(null);
        }
        return page.block;
    }

    /** What is left. */
    public Stream<T> stream() {
        return StreamSupport.stream(
                Spliterators.spliteratorUnknownSize(this, Spliterator.ORDERED | Spliterator.NONNULL), false);
    }

    /** What is left, in memory. */
    public List<T> toList() {
        List<T> rows = new ArrayList<>();
        forEachRemaining(rows::add);
        return rows;
    }
}
