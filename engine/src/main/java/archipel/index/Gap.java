package archipel.index;

import java.util.List;

/**
 * A document whose rows a view lacks, since nobody could say what they are. A view with gaps must not be shown as if it
 * were whole.
 *
 * @param view its number
 * @param id of the document
 * @param from the block from which on they are lacking
 * @param until the block from which on they are not any more; {@link #OPEN} while nothing has changed
 * @param reason for whoever asks for the rows
 */
public record Gap(int view, String id, long from, long until, String reason) {
    static final long OPEN = Long.MAX_VALUE;

    /** Whether the rows are lacking at that block. */
    public boolean covers(long block) {
        return from <= block && block < until;
    }

    /** What becomes of gaps when from that block on the rows of a document are known, or lacking in a new way. */
    static List<Gap> replaced(List<Gap> gaps, String id, long block) {
        if (gaps.isEmpty()) {
            return gaps; // nearly always
        }
        return gaps.stream()
                .filter(gap -> !gap.id.equals(id) || gap.from < block)
                .map(gap -> gap.id.equals(id) && gap.until > block
                        ? new Gap(gap.view, id, gap.from, block, gap.reason)
                        : gap)
                .toList();
    }

    /** Without those of a document. */
    static List<Gap> without(List<Gap> gaps, String id) {
        return gaps.stream().filter(gap -> !gap.id.equals(id)).toList();
    }

    /** Without those that only blocks before {@code base} show. */
    static List<Gap> since(List<Gap> gaps, long base) {
        return gaps.stream().filter(gap -> gap.until > base).toList();
    }
}
