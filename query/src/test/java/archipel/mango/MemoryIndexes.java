package archipel.mango;

import static java.nio.charset.StandardCharsets.UTF_8;

import archipel.document.JsonTree;
import archipel.document.SortKey;
import archipel.index.IndexKeys;
import archipel.index.IndexReader;
import archipel.index.IndexRow;
import archipel.index.IndexState;
import archipel.index.Reducer;
import archipel.index.RowCursor;
import archipel.read.DocumentCursor;
import archipel.read.Reader;
import archipel.view.Emission;
import archipel.view.Mapper;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** Indexes made for one snapshot, in sorted maps: what an index store has to be equal to. */
final class MemoryIndexes implements IndexOpener {
    private int opened;

    /** How many readers are open. */
    int opened() {
        return opened;
    }

    @Override
    public IndexReader openAsItIs(Reader reader, FieldIndex index) {
        return open(reader, index);
    }

    @Override
    public boolean isNear(FieldIndex index) {
        return true;
    }

    @Override
    public void bring(FieldIndex index, long block) {
        // They are made when they are opened.
    }

    @Override
    public IndexReader open(Reader reader, FieldIndex index) {
        NavigableMap<byte[], IndexRow> rows = new TreeMap<>(Arrays::compareUnsigned);
        try (DocumentCursor cursor = reader.documents().cursor(null, false, true);
                Mapper mapper = index.definition().mapper(new Mapper.Failures(Map.of()))) {
            while (cursor.next()) {
                if (cursor.winner().deleted() || cursor.id().startsWith("_design/")) {
                    continue;
                }
                byte[] document = QueriedDocument.of(cursor.record(), cursor.body(), false, null)
                        .toString()
                        .getBytes(UTF_8);
                for (Emission emission : mapper.map(List.of(document)).getFirst()) {
                    if (emission.view() == index.view()) {
                        byte[] sortKey = SortKey.of(JsonTree.ofValid(emission.key()));
                        rows.put(
                                IndexKeys.before(sortKey, cursor.id()),
                                new IndexRow(index.view(), sortKey, cursor.id(), 0, emission.key(), emission.value()));
                    }
                }
            }
        }
        opened++;
        return new MapReader(rows);
    }

    private final class MapReader implements IndexReader {
        private final NavigableMap<byte[], IndexRow> rows;

        private MapReader(NavigableMap<byte[], IndexRow> rows) {
            this.rows = rows;
        }

        private List<IndexRow> between(byte[] from, byte[] to) {
            NavigableMap<byte[], IndexRow> part = rows;
            if (from != null) {
                part = part.tailMap(from, true);
            }
            if (to != null && (part.isEmpty() || Arrays.compareUnsigned(part.firstKey(), to) >= 0)) {
                return new ArrayList<>();
            }
            return new ArrayList<>((to == null ? part : part.headMap(to, false)).values());
        }

        @Override
        public IndexState state() {
            throw new UnsupportedOperationException("queries do not ask for it");
        }

        @Override
        public long block() {
            throw new UnsupportedOperationException("queries do not ask for it");
        }

        @Override
        public long rows(int view) {
            return rows.size();
        }

        @Override
        public RowCursor rows(int view, byte[] from, byte[] to, boolean descending) {
            List<IndexRow> part = between(from, to);
            return new ListCursor((descending ? part.reversed() : part).iterator());
        }

        @Override
        public long count(int view, byte[] from, byte[] to) {
            return between(from, to).size();
        }

        @Override
        public byte[] reduce(int view, byte[] from, byte[] to, Reducer reducer) {
            throw new UnsupportedOperationException("queries do not ask for it");
        }

        @Override
        public void close() {
            opened--;
        }
    }

    private static final class ListCursor implements RowCursor {
        private final Iterator<IndexRow> rows;
        private IndexRow row;

        private ListCursor(Iterator<IndexRow> rows) {
            this.rows = rows;
        }

        @Override
        public boolean next() {
            if (!rows.hasNext()) {
                return false;
            }
            row = rows.next();
            return true;
        }

        @Override
        public IndexRow row() {
            return row;
        }

        @Override
        public long skip(long count) {
            long skipped = 0;
            while (skipped < count && next()) {
                skipped++;
            }
            return skipped;
        }

        @Override
        public void close() {
            // Holds nothing.
        }
    }
}
