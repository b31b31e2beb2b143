package archipel.read;

import archipel.changes.Block;
import archipel.changes.Change;
import archipel.changes.ChangeRow;
import archipel.document.DocumentBody;
import archipel.document.Leaf;
import archipel.document.Revision;
import archipel.history.Bodies;
import archipel.history.BodyRow;
import archipel.history.DocumentRow;
import archipel.history.DocumentVersions;
import archipel.history.Versions;
import archipel.storage.Family;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Every version of the documents of a {@link Reader}, as long as that is open, for what follows a database: indexes and
 * copies. Each is visible or hidden as it stood. For one thread at a time.
 */
public final class VersionReader {
    private final Reader reader;

    VersionReader(Reader reader) {
        this.reader = reader;
    }

    /**
     * Every version that a document had, in the order of the changes that made them, from after {@code afterSeq} up to
     * the reader's block: these tell what stood at any block since, as long as neither the block nor {@code afterSeq}
     * lies before the horizon. Of what was superseded behind the horizon only some may be left.
     */
    public VersionCursor after(long afterSeq) {
        return visible(new ChangedVersions(new Versions(
                reader.store(), reader.keys(), afterSeq, reader.block().lastSeq())));
    }

    /**
     * Every version that stood at a block from the horizon up to the reader's, in order of id (bytes of UTF-8), and of
     * one document in order of block; one that was there before counts as the horizon's. Of the whole database this
     * costs much less than {@link #after}, which gives the same in order of the changes.
     *
     * @param start the first id; null for all
     */
    public VersionCursor byId(@Nullable String start) {
        Block newest = reader.block();
        Block base = Objects.requireNonNull(reader.chain().block(Math.min(reader.horizon(), newest.number())));
        return visible(new DocumentOrder(
                new DocumentVersions(reader.store(), reader.keys(), reader.chain(), base, newest, start)));
    }

    private VersionCursor visible(VersionCursor all) {
        return reader.seesEverything() ? all : new VisibleVersions(all, reader.visibility());
    }

    private record VisibleVersions(VersionCursor all, Visibility visibility) implements VersionCursor {
        @Override
        public boolean next() {
            while (all.next()) {
                if (visibility.sees(all)) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public String id() {
            return all.id();
        }

        @Override
        public long seq() {
            return all.seq();
        }

        @Override
        public long block() {
            return all.block();
        }

        @Override
        public List<Leaf> leaves() {
            return all.leaves();
        }

        @Override
        public @Nullable DocumentBody body() {
            return all.body();
        }

        @Override
        public void close() {
            all.close();
        }
    }

    private final class ChangedVersions implements VersionCursor {
        private final Versions rows;
        private @Nullable Change change;

        ChangedVersions(Versions rows) {
            this.rows = rows;
        }

        @Override
        public boolean next() {
            boolean more = rows.next();
            change = more ? ChangeRow.decodeChange(rows.seq(), rows.row()) : null;
            return more;
        }

        private Change change() {
            return Objects.requireNonNull(change, "no version before the first call of next, or after the last");
        }

        @Override
        public String id() {
            return change().id();
        }

        @Override
        public long seq() {
            return change().sequence().number();
        }

        @Override
        public long block() {
            return change().blockNumber();
        }

        @Override
        public List<Leaf> leaves() {
            return change().leaves();
        }

        @Override
        public @Nullable DocumentBody body() {
            Revision winner = change().winner().revision();
            byte[] body = rows.isPast()
                    ? Bodies.find(reader.store()::get, reader.keys(), id(), winner)
                    : reader.store().get(Family.BODY, reader.keys().body(id(), winner));
            return body == null ? null : BodyRow.decode(body);
        }

        @Override
        public void close() {
            rows.close();
        }
    }

    private record DocumentOrder(DocumentVersions rows) implements VersionCursor {
        @Override
        public boolean next() {
            return rows.next();
        }

        @Override
        public String id() {
            return rows.id();
        }

        @Override
        public long seq() {
            return DocumentRow.seq(rows.row());
        }

        @Override
        public long block() {
            return rows.block();
        }

        @Override
        public List<Leaf> leaves() {
            return DocumentRow.decode(rows.row()).tree().leaves();
        }

        @Override
        public @Nullable DocumentBody body() {
            byte[] body = rows.body();
            return body == null ? null : BodyRow.decode(body);
        }

        @Override
        public void close() {
            rows.close();
        }
    }
}
