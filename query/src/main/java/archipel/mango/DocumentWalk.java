package archipel.mango;

import static java.nio.charset.StandardCharsets.UTF_8;

import archipel.document.DocumentBody;
import archipel.read.DocumentCursor;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The documents in ranges of ids. */
final class DocumentWalk implements Walk {
    private static final String DESIGN = "_design/";

    private final Reader reader;
    private final boolean descending;
    private final Iterator<ByteRanges.Range> ranges;
    private ByteRanges.Range range = new ByteRanges.Range(new byte[0], new byte[0]);
    private @Nullable DocumentCursor cursor;
    private long keysExamined;

    DocumentWalk(Reader reader, ByteRanges ids, boolean descending) {
        this.reader = reader;
        this.descending = descending;
        List<ByteRanges.Range> inOrder = descending ? ids.ranges().reversed() : ids.ranges();
        this.ranges = inOrder.iterator();
    }

    @Override
    public boolean next() {
        while (true) {
            if (cursor == null) {
                if (!ranges.hasNext()) {
                    return false;
                }
                range = ranges.next();
                cursor = reader.documents().cursor(start(), descending, true);
            }
            if (!cursor.next() || isPast(cursor.id())) {
                cursor.close();
                cursor = null;
            } else if (range.holds(cursor.id().getBytes(UTF_8))
                    && !cursor.winner().deleted()) {
                keysExamined++;
                if (!cursor.id().startsWith(DESIGN)) {
                    return true;
                }
            }
        }
    }

    /** Where to begin; descending that is what the range ends before, if that can be an id. */
    private @Nullable String start() {
        byte[] edge = descending ? range.to() : range.from();
        if (edge == null || edge.length == 0) {
            return null;
        }
        String start = new String(edge, UTF_8);
        return Arrays.equals(start.getBytes(UTF_8), edge) ? start : null;
    }

    private boolean isPast(String id) {
        byte[] bytes = id.getBytes(UTF_8);
        byte[] to = range.to();
        return descending
                ? Arrays.compareUnsigned(bytes, range.from()) < 0
                : to != null && Arrays.compareUnsigned(bytes, to) >= 0;
    }

    private DocumentCursor at() {
        if (cursor == null) {
            throw new IllegalStateException("not at a document");
        }
        return cursor;
    }

    @Override
    public String id() {
        return at().id();
    }

    @Override
    public DocumentRecord record() {
        return at().record();
    }

    @Override
    public @Nullable DocumentBody body() {
        return at().body();
    }

    @Override
    public long keysExamined() {
        return keysExamined;
    }

    @Override
    public void close() {
        if (cursor != null) {
            cursor.close();
        }
    }
}
