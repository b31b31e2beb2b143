package archipel.engine;

import archipel.document.ContentHash;
import archipel.document.DocumentBody;
import archipel.document.Revision;
import archipel.document.RevisionTree;
import archipel.history.PruneStep;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A write request, complete: whatever is not in the stored state (time, ids, randomness) is in the command, so that
 * applying it gives the same bytes on every node.
 *
 * @param <R> what applying it answers
 */
sealed interface Command<R> {
    /** Whether its sender is answered only once it is on the disk. */
    default boolean durable() {
        return true;
    }

    /** Roughly how many bytes it adds to a group. */
    default long bytes() {
        return 256;
    }

    /** Whether applying it may read rows that it wrote. */
    default boolean readsBack() {
        return true;
    }

    /** Whether it gives space back, or leads to that, so that it is applied on a full disk, too. */
    default boolean relieves() {
        return false;
    }

    /** What a deletion may leave in a document's place and still count as giving space back. */
    int SMALL_BYTES = 4 << 10;

    /** Answers the new database's number. */
    record CreateDatabase(String name, String uuid, long timeMs) implements Command<Integer> {}

    record DropDatabase(String name) implements Command<Void> {
        @Override
        public boolean relieves() {
            return true;
        }
    }

    /**
     * @param jsonDigests SHA-256 of each edit's JSON
     * @param staged uploads that the edits' attachments may come from
     * @param rules the database's {@link DatabaseRow#rulesPosition} when the edits were validated, without which they
     *     are not to be applied; {@link Database#ANY_RULES} for edits that need no validation
     */
    record WriteDocuments(
            int database,
            long timeMs,
            List<DocumentEdit> edits,
            List<byte[]> jsonDigests,
            boolean atomic,
            Map<ContentHash, List<StagedContent>> staged,
            long rules)
            implements Command<WriteResult> {
        @Override
        public boolean readsBack() {
            return false;
        }

        @Override
        public long bytes() {
            long bytes = 256;
            for (DocumentEdit edit : edits) {
                bytes += 256 + edit.body().json().length;
            }
            return bytes;
        }

        /** Deletions alone, and such as keep hardly anything in the documents' place. */
        @Override
        public boolean relieves() {
            return edits.stream()
                    .allMatch(edit -> edit.deleted()
                            && edit.body().json().length <= SMALL_BYTES
                            && edit.body().attachments().isEmpty());
        }
    }

    /**
     * Documents as another database has them, for one that is being built.
     *
     * @param staged uploads that the bodies' attachments may come from
     */
    record CopyDocuments(
            int database, long timeMs, List<CopiedDocument> documents, Map<ContentHash, List<StagedContent>> staged)
            implements Command<Void> {
        @Override
        public boolean durable() {
            return false;
        }

        @Override
        public boolean readsBack() {
            return false;
        }

        @Override
        public long bytes() {
            long bytes = 256;
            for (CopiedDocument document : documents) {
                bytes += 512;
                for (CopiedBody body : document.bodies()) {
                    bytes += 256 + body.body().json().length;
                }
            }
            return bytes;
        }
    }

    /**
     * Gives a database that was built its name.
     *
     * @param replace whether a database of that name is dropped; otherwise the command is refused
     */
    record Publish(int database, String name, boolean replace) implements Command<Void> {}

    /** @param json null deletes; answers the new revision's number, or 0 where there was nothing to delete */
    record WriteLocal(int database, String id, byte @Nullable [] json) implements Command<Long> {
        @Override
        public long bytes() {
            return 256L + (json == null ? 0 : json.length);
        }

        @Override
        public boolean relieves() {
            return json == null;
        }
    }

    record SetSecurity(int database, byte[] json) implements Command<Void> {
        @Override
        public long bytes() {
            return 256L + json.length;
        }
    }

    record SetLimit(int database, Limit limit, int value) implements Command<Void> {}

    /** @param uuids one for each document */
    record Purge(int database, long timeMs, Map<String, List<Revision>> leaves, List<String> uuids)
            implements Command<Map<String, List<Revision>>> {
        @Override
        public long bytes() {
            long bytes = 256;
            for (List<Revision> revisions : leaves.values()) {
                bytes += 256 + 64L * revisions.size();
            }
            return bytes;
        }

        @Override
        public boolean relieves() {
            return true;
        }
    }

    /** From here on latest reads see no body written up to now that is no leaf's. */
    record Compact(int database) implements Command<Void> {
        @Override
        public boolean relieves() {
            return true;
        }
    }

    /** @param policy null: the node's */
    record SetHorizon(int database, @Nullable HorizonPolicy policy) implements Command<Void> {
        @Override
        public boolean relieves() {
            return true;
        }
    }

    /**
     * Makes a block the oldest that can be read, unless a later one is already. Durable, since readers are told that a
     * block is gone: a power cut must not bring it back.
     */
    record RaiseHorizon(int database, long block) implements Command<Void> {
        @Override
        public boolean relieves() {
            return true;
        }
    }

    /** Deletes what no readable block shows. */
    record Prune(int database, PruneStep step) implements Command<Void> {
        @Override
        public boolean durable() {
            return false;
        }

        @Override
        public long bytes() {
            return 256 + 256L * (step.versions().size() + step.bodies().size());
        }

        @Override
        public boolean relieves() {
            return true;
        }
    }

    /** No later block gets a time up to this one. */
    record Settle(int database, long timeMs) implements Command<Void> {}

    /**
     * The time of the blocks begins anew with the next one, where it is ahead of the clock.
     *
     * @param timeMs what the clock says
     */
    record RestartTime(int database, long timeMs) implements Command<Void> {}

    /** One chunk of content that no document names yet. */
    record StageChunk(int database, long upload, int index, byte[] bytesOfChunk) implements Command<Void> {
        @Override
        public boolean durable() {
            return false;
        }

        @Override
        public long bytes() {
            return 256L + bytesOfChunk.length;
        }
    }

    /** Gives an upload's space back, unless a write has taken it over; answers whether it did. */
    record DropUpload(int database, long upload) implements Command<Boolean> {
        @Override
        public boolean relieves() {
            return true;
        }

        @Override
        public boolean durable() {
            return false;
        }
    }

    /** @param value null removes */
    record PutFact(String key, @Nullable String value) implements Command<Void> {
        @Override
        public long bytes() {
            return 256L + (value == null ? 0 : value.length());
        }

        @Override
        public boolean relieves() {
            return value == null;
        }
    }

    /** Which setting of a database. */
    enum Limit {
        REVISIONS,
        PURGED_INFOS
    }

    /** @param bodies of all leaves */
    record CopiedDocument(String id, RevisionTree tree, List<CopiedBody> bodies) {}

    /** @param jsonDigest SHA-256 of the JSON */
    record CopiedBody(Revision revision, DocumentBody body, byte[] jsonDigest) {}

    /**
     * @param encodedLength bytes in all its chunks
     * @param decodedLength bytes once decoded; {@link archipel.attachments.ContentRow#UNKNOWN} where it did not come as
     *     gzip
     */
    record StagedContent(long upload, long encodedLength, int chunkBytes, long decodedLength) {}
}
