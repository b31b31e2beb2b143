package archipel.engine;

import archipel.attachments.ContentRow;
import archipel.command.DataCommand;
import archipel.command.Lease;
import archipel.document.Attachment;
import archipel.document.ContentHash;
import archipel.storage.CatalogKeys;
import archipel.storage.Family;
import archipel.storage.FormatVersion;
import archipel.storage.KeySpace;
import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import archipel.storage.StorageException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How one command changes the reference counts of attachment content. Nothing is written before {@link #write}.
 *
 * <p>Invariant: content has a row exactly while stored bodies name it, and the row counts them.
 */
final class References {
    private static final byte[] NONE = {};

    private final PendingRows rows;
    private final KeySpace keys;
    private final Map<ContentHash, List<DataCommand.StagedContent>> staged;
    private final Map<ContentHash, Count> counts = new LinkedHashMap<>();

    References(PendingRows rows, KeySpace keys, List<DataCommand.StagedContent> staged) {
        this.rows = rows;
        this.keys = keys;
        this.staged = staged.isEmpty()
                ? Map.of()
                : staged.stream().collect(Collectors.groupingBy(DataCommand.StagedContent::hash));
    }

    /** The first attachment whose content is neither stored nor staged; null when all are there. */
    @Nullable
    Attachment firstMissing(List<Attachment> attachments) {
        for (Attachment attachment : attachments) {
            if (!count(attachment.content()).available()) {
                return attachment;
            }
        }
        return null;
    }

    void add(List<Attachment> attachments) {
        attachments.forEach(attachment -> count(attachment.content()).change++);
    }

    void remove(List<Attachment> attachments) {
        attachments.forEach(attachment -> count(attachment.content()).change--);
    }

    /** Writes the new counts; answers by how many bytes the stored content grew. */
    long write() {
        long grown = 0;
        for (Map.Entry<ContentHash, Count> entry : counts.entrySet()) {
            grown += write(entry.getKey(), entry.getValue());
        }
        return grown;
    }

    private long write(ContentHash hash, Count count) {
        ContentRow stored = count.stored;
        if (count.change == 0) {
            return 0;
        }
        if (stored == null) {
            DataCommand.StagedContent source = count.source;
            if (source == null || count.change < 0) {
                throw new StorageException(
                        StorageException.Kind.CORRUPT, "attachment content " + hash + " is counted but not stored");
            }
            ContentRow row = new ContentRow(
                    count.change,
                    source.upload(),
                    source.encodedLength(),
                    source.chunkBytes(),
                    decodedLength(hash, source.decodedLength()));
            rows.put(Family.ATTACHMENT, keys.content(hash), row.encode());
            rows.delete(Family.CATALOG, new CatalogKeys(keys.group()).upload(keys.database(), source.upload()));
            return source.encodedLength();
        }
        long references = stored.references() + count.change;
        if (references > 0) {
            rows.put(
                    Family.ATTACHMENT,
                    keys.content(hash),
                    stored.withReferences(references)
                            .withDecodedLength(decodedLength(hash, stored.decodedLength()))
                            .encode());
            return 0;
        }
        rows.delete(Family.ATTACHMENT, keys.content(hash));
        dropChunks(rows, keys, stored.upload());
        return -stored.encodedLength();
    }

    // Content may come plainly first, and again as gzip.
    private long decodedLength(ContentHash hash, long known) {
        if (known != ContentRow.UNKNOWN) {
            return known;
        }
        return staged.getOrDefault(hash, List.of()).stream()
                .mapToLong(DataCommand.StagedContent::decodedLength)
                .filter(length -> length != ContentRow.UNKNOWN)
                .findFirst()
                .orElse(ContentRow.UNKNOWN);
    }

    static void dropChunks(PendingRows rows, KeySpace keys, long upload) {
        rows.batch().deleteRange(Family.ATTACHMENT, keys.chunk(upload, 0), keys.chunkUpper(upload));
    }

    private Count count(ContentHash hash) {
        return counts.computeIfAbsent(hash, wanted -> {
            byte[] row = rows.get(Family.ATTACHMENT, keys.content(wanted));
            return row == null ? new Count(null, source(wanted)) : new Count(ContentRow.decode(row), null);
        });
    }

    // Of several uploads of the same content some may have been given up in the meantime; those have no marker any
    // more.
    private DataCommand.@Nullable StagedContent source(ContentHash hash) {
        for (DataCommand.StagedContent candidate : staged.getOrDefault(hash, List.of())) {
            byte[] marker = new CatalogKeys(keys.group()).upload(keys.database(), candidate.upload());
            if (rows.get(Family.CATALOG, marker) != null) {
                return candidate;
            }
        }
        return null;
    }

    /** What marks an upload in the catalog. */
    static byte[] marker(Lease lease, FormatVersion format) {
        if (!format.isAtLeast(FormatVersion.V4)) {
            return NONE;
        }
        RowWriter row = new RowWriter(64);
        lease.write(row);
        return row.toBytes();
    }

    /** Whose upload a marker is of. */
    static Lease lease(byte[] marker) {
        return marker.length == 0 ? Lease.NONE : Lease.read(new RowReader(marker));
    }

    private static final class Count {
        final @Nullable ContentRow stored;
        final DataCommand.@Nullable StagedContent source;
        long change;

        Count(@Nullable ContentRow stored, DataCommand.@Nullable StagedContent source) {
            this.stored = stored;
            this.source = source;
        }

        boolean available() {
            return stored != null || source != null;
        }
    }
}
