package archipel.client;

import java.util.Map;

/**
 * A document as it was read.
 *
 * @param revision which replaces or deletes it has to name
 * @param block the state of the database that it was read from
 * @param value its members, without those that begin with an underscore
 * @param attachments by name; their content is read by {@link Database#attachment}
 * @param <T> what its members were made into
 */
public record Document<T>(String id, String revision, Block block, T value, Map<String, AttachmentStub> attachments) {
    public Document {
        attachments = Map.copyOf(attachments);
    }

    /** The same document with another value, to be written in its place. */
    public <U> Document<U> with(U other) {
        return new Document<>(id, revision, block, other, attachments);
    }
}
