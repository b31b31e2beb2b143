package archipel.engine;

import archipel.attachments.ContentRow;
import archipel.attachments.DecodedLength;
import archipel.command.DataCommand;
import archipel.document.Attachment;
import archipel.document.ContentHash;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.log.CommandLog;
import archipel.memory.Allowance;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Attachment content on its way in: written to the store chunk by chunk as it arrives, and kept only if a write that
 * names it is accepted before this is closed. Closing after the write costs nothing; closing without one gives the
 * space back (so does a restart, or the end of the upload's lease).
 */
public final class AttachmentUpload implements AutoCloseable {
    /** How many chunks may be on their way to the disk while the next is received. */
    private static final int CHUNKS_IN_FLIGHT = 4;

    private final Node node;
    private final Database owner;
    private final int database;
    private final Map<ContentHash, List<DataCommand.StagedContent>> staged;
    // How many bytes came of each.
    private final Map<Long, Long> uploads = new LinkedHashMap<>();
    private final Map<ContentHash, DataCommand.StagedContent> mine = new HashMap<>();

    AttachmentUpload(Node node, Database owner, Map<ContentHash, List<DataCommand.StagedContent>> staged) {
        this.node = node;
        this.owner = owner;
        this.database = owner.number();
        this.staged = staged;
    }

    /**
     * Reads the stream to its end.
     *
     * @param maximum bytes at the most
     * @param encoding of the bytes that come, {@code gzip} or null
     * @return what an edit's body lists; its revision position is 0, which the write fills in
     * @throws RequestException 413 {@code attachment_too_large}; 400 for what is not the gzip it is said to be, from
     *     its first byte to its last
     */
    public Attachment receive(
            String name, String contentType, @Nullable String encoding, InputStream content, long maximum)
            throws IOException {
        return receive(name, contentType, encoding, content, maximum, ContentRow.UNKNOWN);
    }

    /**
     * Reads content that is stored elsewhere on this node.
     *
     * @param decodedLength as the content's row there has it
     */
    void copy(Attachment attachment, InputStream content, long decodedLength) throws IOException {
        // As it is: what could not be decoded there is stored here, too.
        receive(attachment.name(), attachment.contentType(), null, content, Long.MAX_VALUE, decodedLength);
    }

    private Attachment receive(
            String name,
            String contentType,
            @Nullable String encoding,
            InputStream content,
            long maximum,
            long knownLength)
            throws IOException {
        int chunkBytes = node.options().attachmentChunkBytes();
        Allowance.current().pass((CHUNKS_IN_FLIGHT + 2L) * chunkBytes);
        long upload = node.newUpload();
        uploads.put(upload, 0L);
        node.leases().begin(owner, upload);
        MessageDigest sha256 = digest("SHA-256");
        MessageDigest md5 = digest("MD5");
        Deque<CompletableFuture<Void>> inFlight = new ArrayDeque<>();
        long length = 0;
        try (DecodedLength decoded = DecodedLength.of(encoding)) {
            int index = 0;
            while (true) {
                byte[] chunk = content.readNBytes(chunkBytes);
                // Content without bytes has one empty chunk, so that its upload is marked like any other.
                if (chunk.length == 0 && index > 0) {
                    break;
                }
                length += chunk.length;
                uploads.put(upload, length);
                if (length > maximum) {
                    throw new RequestException(ErrorCode.ATTACHMENT_TOO_LARGE, name);
                }
                sha256.update(chunk);
                md5.update(chunk);
                decoded.update(chunk);
                inFlight.add(node.submitLater(owner.group(), stage(upload, index++, chunk)));
                if (inFlight.size() > CHUNKS_IN_FLIGHT) {
                    CommandLog.await(inFlight.remove());
                }
                if (chunk.length < chunkBytes) {
                    break;
                }
            }
            if (!decoded.isWhole()) {
                throw new RequestException(ErrorCode.ATTACHMENT_NOT_GZIP, name);
            }
            inFlight.forEach(CommandLog::await);
            ContentHash hash = new ContentHash(sha256.digest());
            long decodedLength = encoding == null ? knownLength : decoded.length(ContentRow.UNKNOWN);
            offer(hash, new DataCommand.StagedContent(hash, upload, length, chunkBytes, decodedLength));
            return new Attachment(name, contentType, 0, hash, decoded.length(length), length, md5.digest(), encoding);
        }
    }

    // The lease is of the moment: the first chunk of a slow client may come long after the upload began.
    private DataCommand.StageChunk stage(long upload, int index, byte[] chunk) {
        return new DataCommand.StageChunk(
                database, upload, index, chunk, node.leases().lease());
    }

    private static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has " + algorithm, e);
        }
    }

    // Lists are replaced, not changed: writes read them at the same time.
    private void offer(ContentHash hash, DataCommand.StagedContent content) {
        DataCommand.StagedContent older = mine.put(hash, content);
        staged.merge(hash, List.of(content), (all, one) -> {
            List<DataCommand.StagedContent> more = new ArrayList<>(all);
            more.remove(older);
            more.addAll(one);
            return List.copyOf(more);
        });
    }

    @Override
    public void close() {
        mine.forEach((hash, content) -> staged.computeIfPresent(hash, (same, all) -> {
            List<DataCommand.StagedContent> rest =
                    all.stream().filter(other -> !other.equals(content)).toList();
            return rest.isEmpty() ? null : rest;
        }));
        mine.clear();
        uploads.keySet().forEach(upload -> node.leases().end(owner, upload));
        uploads.forEach((upload, bytes) -> node.submitLater(owner.group(), new DataCommand.DropUpload(database, upload))
                .thenAccept(dropped -> {
                    if (dropped) {
                        owner.freedUpload(bytes);
                    }
                }));
        uploads.clear();
    }
}
