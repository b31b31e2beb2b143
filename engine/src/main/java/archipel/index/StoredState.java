package archipel.index;

import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How an index stands, as stored; what never changes lies elsewhere.
 *
 * @param anchor in the history that all rows come from
 * @param newest the last block from or to which any row lives: reads of it and of later blocks, as far as the index
 *     has come, find all in the rows that stand
 * @param failures why views have failed, by their numbers
 * @param gaps documents that views which have not failed lack the rows of
 */
record StoredState(
        IndexWriter.Progress progress,
        Anchor anchor,
        long newest,
        long[] rows,
        long pastRows,
        long bytes,
        boolean summarised,
        Map<Integer, String> failures,
        List<Gap> gaps) {
    private static final int SCANNED = 1;
    private static final int SUMMARISED = 2;
    private static final int SCANNED_TO = 4;
    private static final int FAILED = 8;
    private static final int GAPS = 16;

    static StoredState empty(int views) {
        IndexWriter.Progress begin = new IndexWriter.Progress(0, 0, 0, 0, null, false, 0);
        return new StoredState(begin, Anchor.NONE, 0, new long[views], 0, 0, false, Map.of(), List.of());
    }

    IndexState told(String signature, byte[] definition) {
        return new IndexState(
                signature,
                definition,
                progress.base(),
                progress.block(),
                anchor,
                progress.seq(),
                progress.purgeSeq(),
                progress.scannedTo(),
                progress.scanned(),
                rows.clone(),
                pastRows,
                progress.errors(),
                bytes,
                summarised,
                failures,
                gaps);
    }

    /** No row lives from or to a later block. */
    long latest() {
        return Math.max(newest, progress.block());
    }

    StoredState withSummarised(boolean whether) {
        return new StoredState(progress, anchor, newest, rows, pastRows, bytes, whether, failures, gaps);
    }

    StoredState withGaps(List<Gap> known) {
        return new StoredState(progress, anchor, newest, rows, pastRows, bytes, summarised, failures, known);
    }

    /** Without past rows that only blocks before {@code base} show. */
    StoredState pruned(long base, long rowsGone) {
        IndexWriter.Progress later = progress.withBase(Math.max(base, progress.base()));
        List<Gap> shown = Gap.since(gaps, later.base());
        return new StoredState(later, anchor, newest, rows, pastRows - rowsGone, bytes, summarised, failures, shown);
    }

    byte[] encode() {
        @Nullable String scannedTo = progress.scannedTo();
        int flags = (progress.scanned() ? SCANNED : 0)
                | (summarised ? SUMMARISED : 0)
                | (scannedTo == null ? 0 : SCANNED_TO)
                | (failures.isEmpty() ? 0 : FAILED)
                | (gaps.isEmpty() ? 0 : GAPS);
        RowWriter row = new RowWriter(100 + 4 * rows.length).u8(flags);
        row.varint(progress.base())
                .varint(progress.block())
                .varint(progress.seq())
                .varint(progress.purgeSeq());
        anchor.write(row);
        row.varint(progress.errors())
                .varint(newest)
                .varint(pastRows)
                .varint(bytes)
                .varint(rows.length);
        for (long count : rows) {
            row.varint(count);
        }
        if (scannedTo != null) {
            row.text(scannedTo);
        }
        if (!failures.isEmpty()) {
            row.varint(failures.size());
            failures.forEach((view, reason) -> row.varint(view).text(reason));
        }
        if (!gaps.isEmpty()) {
            row.varint(gaps.size());
            for (Gap gap : gaps) {
                row.varint(gap.view())
                        .text(gap.id())
                        .varint(gap.from())
                        .varint(gap.until())
                        .text(gap.reason());
            }
        }
        return row.toBytes();
    }

    static StoredState decode(byte[] value) {
        RowReader row = new RowReader(value);
        int flags = row.u8();
        long base = row.varint();
        long block = row.varint();
        long seq = row.varint();
        long purgeSeq = row.varint();
        Anchor anchor = Anchor.read(row);
        long errors = row.varint();
        long newest = row.varint();
        long pastRows = row.varint();
        long bytes = row.varint();
        long[] rows = new long[row.count()];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = row.varint();
        }
        String scannedTo = (flags & SCANNED_TO) == 0 ? null : row.text();
        Map<Integer, String> failures = new TreeMap<>();
        for (int left = (flags & FAILED) == 0 ? 0 : row.count(); left > 0; left--) {
            failures.put((int) row.varint(), row.text());
        }
        List<Gap> gaps = new ArrayList<>();
        for (int left = (flags & GAPS) == 0 ? 0 : row.count(); left > 0; left--) {
            gaps.add(new Gap((int) row.varint(), row.text(), row.varint(), row.varint(), row.text()));
        }
        IndexWriter.Progress progress =
                new IndexWriter.Progress(base, block, seq, purgeSeq, scannedTo, (flags & SCANNED) != 0, errors);
        return new StoredState(
                progress, anchor, newest, rows, pastRows, bytes, (flags & SUMMARISED) != 0, failures, gaps);
    }
}
