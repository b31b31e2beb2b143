package archipel.ends;

import org.jspecify.annotations.Nullable;

/**
 * How far one run has read all of a database in the order in which it is best copied, so that a feed which breaks is
 * opened again where it was. What a feed has given counts once it is asked for more: an answer can be lost. For one
 * thread at a time.
 */
public final class LeavesProgress {
    private Page last = Page.NONE;

    /**
     * What was read up to the end of a page.
     *
     * @param after the id of its last document; null before the first
     * @param position the database's, as of the first page; null before that
     * @param rows how many documents were read
     */
    record Page(@Nullable String after, @Nullable SourceSequence position, long rows) {
        static final Page NONE = new Page(null, null, 0);
    }

    Page last() {
        return last;
    }

    void arrived(Page page) {
        last = page;
    }
}
