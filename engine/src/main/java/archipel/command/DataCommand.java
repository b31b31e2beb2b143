package archipel.command;

import archipel.changes.FormerHead;
import archipel.document.ContentHash;
import archipel.document.DocumentBody;
import archipel.document.Revision;
import archipel.document.RevisionTree;
import archipel.history.PruneStep;
import archipel.merge.MergePolicy;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What changes one database.
 *
 * @param <A> what applying it answers
 */
public sealed interface DataCommand<A> extends CodedCommand<A> {
    /** The {@link WriteDocuments#rules} of edits that need no validation. */
    long ANY_RULES = -1;

    /** What a deletion may leave in a document's place and still count as giving space back, bytes. */
    int SMALL_BYTES = 4 << 10;

    /** What a {@link Rewind} counts for a document beside its bodies: about the rows that it writes. */
    int REWOUND_BYTES = 512;

    /** The number of the database that it is for. */
    int database();

    /**
     * Makes a database that was reserved.
     *
     * @param uuid of the new incarnation, 32 hex digits
     * @param timeMs of its first block, since the epoch
     * @param revisionsLimit how many revisions of each branch it keeps until that is changed
     * @param purgedInfosLimit how many purges it remembers until that is changed
     */
    record CreateDatabase(int database, String uuid, long timeMs, int revisionsLimit, int purgedInfosLimit)
            implements DataCommand<Void> {
        @Override
        public Command<Void> stamped(long stampedMs) {
            return new CreateDatabase(database, uuid, stampedMs, revisionsLimit, purgedInfosLimit);
        }
    }

    /**
     * Deletes all rows of a database that was dropped; answers how far it had come, also where that was done before,
     * until {@link ForgetErased}.
     */
    record EraseDatabase(int database) implements DataCommand<FormerHead> {}

    /** How far an erased database had come is known to the system group, and need not be known here any more. */
    record ForgetErased(int database) implements DataCommand<Void> {}

    /**
     * @param timeMs of the block, since the epoch, unless the database's time is later
     * @param atomic all or none, instead of each edit on its own
     * @param staged uploads that the edits' attachments may come from, in ascending order of their content's hash
     * @param rules the position of the command that made the database's rules what they were when the edits were
     *     validated, without which they are not to be applied; {@link #ANY_RULES} for edits that need no validation
     */
    record WriteDocuments(
            int database, long timeMs, List<Edit> edits, boolean atomic, List<StagedContent> staged, long rules)
            implements DataCommand<WriteResult> {
        @Override
        public Command<WriteResult> stamped(long stampedMs) {
            return new WriteDocuments(database, stampedMs, edits, atomic, staged, rules);
        }

        @Override
        public boolean readsBack() {
            return false;
        }

        @Override
        public long bytes() {
            long bytes = 256;
            for (Edit edit : edits) {
                bytes += 256 + edit.edit().body().json().length;
            }
            return bytes;
        }

        /** Deletions alone, and such as keep hardly anything in the documents' place. */
        @Override
        public boolean relieves() {
            return edits.stream()
                    .map(Edit::edit)
                    .allMatch(edit -> edit.deleted()
                            && edit.body().json().length <= SMALL_BYTES
                            && edit.body().attachments().isEmpty());
        }
    }

    /**
     * Documents as another database has them, for one that is being built.
     *
     * @param timeMs of the block, since the epoch
     * @param staged uploads that the bodies' attachments may come from, in ascending order of their content's hash
     */
    record CopyDocuments(int database, long timeMs, List<CopiedDocument> documents, List<StagedContent> staged)
            implements DataCommand<Void> {
        @Override
        public Command<Void> stamped(long stampedMs) {
            return new CopyDocuments(database, stampedMs, documents, staged);
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

    /** @param json null deletes; answers the new revision's number, or 0 where there was nothing to delete */
    record WriteLocal(int database, String id, byte @Nullable [] json) implements DataCommand<Long> {
        @Override
        public long bytes() {
            return 256L + (json == null ? 0 : json.length);
        }

        @Override
        public boolean relieves() {
            return json == null;
        }
    }

    record SetSecurity(int database, byte[] json) implements DataCommand<Void> {
        @Override
        public long bytes() {
            return 256L + json.length;
        }
    }

    record SetLimit(int database, Limit limit, int value) implements DataCommand<Void> {}

    /** What becomes of conflicts from here on. */
    record SetMerge(int database, MergePolicy policy) implements DataCommand<Void> {}

    /** Answers, for each document in the same order, the leaves that were there and are gone. */
    record Purge(int database, long timeMs, List<PurgedLeaves> documents) implements DataCommand<List<List<Revision>>> {
        @Override
        public Command<List<List<Revision>>> stamped(long stampedMs) {
            return new Purge(database, stampedMs, documents);
        }

        @Override
        public long bytes() {
            long bytes = 256;
            for (PurgedLeaves document : documents) {
                bytes += 256 + 64L * document.leaves().size();
            }
            return bytes;
        }
    }

    /**
     * Puts the documents back as they stood at an earlier block, in a block of their own.
     *
     * @param timeMs of the block, since the epoch
     * @param number of the earlier block
     * @param hash of the earlier block, 32 bytes
     * @param maxBytes how much it may write; a rewind of more is refused. Counted are the bodies that it restores and
     *     those it moves out of the way, and {@link #REWOUND_BYTES} for each document that has changed since
     */
    record Rewind(int database, long timeMs, long number, byte[] hash, long maxBytes)
            implements DataCommand<RewindResult> {
        @Override
        public Command<RewindResult> stamped(long stampedMs) {
            return new Rewind(database, stampedMs, number, hash, maxBytes);
        }

        @Override
        public boolean readsBack() {
            return false;
        }

        @Override
        public boolean endsBatch() {
            return true;
        }
    }

    /** From here on latest reads see no body written up to now that is no leaf's. */
    record Compact(int database) implements DataCommand<Void> {}

    /**
     * The database forgets which tokens of a lock it has seen; answers whether it had seen any.
     *
     * @param name of the lock; empty: of all that there are, those that are remembered by the floor alone among them
     */
    record ForgetFences(int database, String name) implements DataCommand<Boolean> {}

    /** @param policy null: the node's */
    record SetHorizon(int database, @Nullable HorizonPolicy policy) implements DataCommand<Void> {}

    /**
     * Makes a block the oldest that can be read, unless a later one is already. Durable, since readers are told that a
     * block is gone: a power cut must not bring it back.
     */
    record RaiseHorizon(int database, long block) implements DataCommand<Void> {}

    /**
     * Deletes what no readable block shows.
     *
     * @param prunedTo all that the blocks up to this one left behind is gone with this command
     */
    record Prune(int database, List<PruneStep.Version> versions, List<PruneStep.OldBody> bodies, long prunedTo)
            implements DataCommand<Void> {
        @Override
        public long bytes() {
            return 256 + 256L * (versions.size() + bodies.size());
        }
    }

    /** No later block gets a time up to this one. */
    record Settle(int database, long timeMs) implements DataCommand<Void> {}

    /**
     * The time of the blocks begins anew with the next one, where it is ahead of the clock.
     *
     * @param timeMs what the clock says
     */
    record RestartTime(int database, long timeMs) implements DataCommand<Void> {
        @Override
        public Command<Void> stamped(long stampedMs) {
            return new RestartTime(database, stampedMs);
        }
    }

    /**
     * One chunk of content that no document names yet.
     *
     * @param lease of the node that receives the upload
     */
    record StageChunk(int database, long upload, int index, byte[] content, Lease lease) implements DataCommand<Void> {
        @Override
        public long bytes() {
            return 256L + content.length;
        }
    }

    /** An upload goes on still; answers whether it is there. */
    record RenewUpload(int database, long upload, Lease lease) implements DataCommand<Boolean> {}

    /**
     * Gives an upload's space back, unless a write has taken it over; answers whether it did.
     *
     * @param untilMs not where its lease ends after that: it was renewed meanwhile
     */
    record DropUpload(int database, long upload, long untilMs) implements DataCommand<Boolean> {
        /** By its owner, whatever the lease. */
        public DropUpload(int database, long upload) {
            this(database, upload, Long.MAX_VALUE);
        }
    }

    /**
     * Applies a command unless the database has seen a greater token of one of these locks, and has it see these. It is
     * refused with {@link archipel.document.ErrorCode#FENCED} otherwise: whoever sent it has lost the lock since.
     *
     * @param fences one at least, in ascending order of their names, each name once
     * @param command not another of these
     */
    record Fenced<A>(List<Fence> fences, DataCommand<A> command) implements DataCommand<A>, WrappingCommand<A> {
        public Fenced {
            fences = List.copyOf(fences);
            if (command instanceof Fenced || fences.isEmpty()) {
                throw new IllegalArgumentException(fences + " for " + command.getClass());
            }
        }

        @Override
        public int database() {
            return command.database();
        }

        @Override
        public Command<A> stamped(long stampedMs) {
            return command.stamped(stampedMs) instanceof DataCommand<A> stamped ? new Fenced<>(fences, stamped) : this;
        }

        @Override
        public long bytes() {
            return 64L * fences.size() + command.bytes();
        }
    }

    /** Which setting of a database. */
    enum Limit {
        REVISIONS,
        PURGED_INFOS
    }

    /** @param jsonDigest SHA-256 of the body's JSON, 32 bytes */
    record Edit(DocumentEdit edit, byte[] jsonDigest) {}

    /** @param bodies of all leaves */
    record CopiedDocument(String id, RevisionTree tree, List<CopiedBody> bodies) {}

    /** @param jsonDigest SHA-256 of the JSON, 32 bytes */
    record CopiedBody(Revision revision, DocumentBody body, byte[] jsonDigest) {}

    /** @param uuid of the purge, as {@code _purged_infos} remembers it */
    record PurgedLeaves(String id, List<Revision> leaves, String uuid) {}

    /**
     * @param encodedLength bytes in all its chunks
     * @param decodedLength bytes once decoded; -1 where it did not come as gzip
     */
    record StagedContent(ContentHash hash, long upload, long encodedLength, int chunkBytes, long decodedLength) {}
}
