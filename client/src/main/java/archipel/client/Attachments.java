package archipel.client;

import archipel.calls.Call;
import archipel.failures.ErrorAnswer;
import archipel.failures.OutcomeUnknownException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Writes attachments of one database. */
final class Attachments {
    private final DatabaseCalls calls;
    private final DocumentWrites writes;

    Attachments(DatabaseCalls calls, DocumentWrites writes) {
        this.calls = calls;
        this.writes = writes;
    }

    Written put(String id, @Nullable String revision, String name, String contentType, AttachmentSource content) {
        Call call = Call.write("PUT", path(id, name)).header("Content-Type", contentType);
        if (revision != null) {
            call = call.with("rev", revision);
        }
        AtomicReference<MessageDigest> sent = new AtomicReference<>(md5());
        AtomicLong taken = new AtomicLong();
        Call streaming = call.progress(taken::get)
                .body(() -> BodyPublishers.ofInputStream(() -> {
                    MessageDigest digest = md5();
                    sent.set(digest);
                    return new CountingStream(new DigestInputStream(open(content), digest), taken);
                }));
        return writes.commit(streaming, id, revision, found -> isOwn(found, name, sent.get()));
    }

    /** Counts what is read. */
    private static final class CountingStream extends FilterInputStream {
        private final AtomicLong count;

        private CountingStream(InputStream stream, AtomicLong count) {
            super(stream);
            this.count = count;
        }

        @Override
        public int read() throws IOException {
            count.incrementAndGet();
            return super.read();
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            count.incrementAndGet();
            return super.read(target, offset, length);
        }
    }

    /** In the child of the revision that was named, and new there: with its digest, it is what was sent. */
    private static boolean isOwn(JsonNode found, String name, MessageDigest sent) {
        AttachmentStub stub = Json.stubs(found.path("_attachments")).get(name);
        String revision = found.path("_rev").asString("0-");
        int generation = Integer.parseInt(revision.substring(0, revision.indexOf('-')));
        return stub != null
                && stub.revisionPosition() == generation
                && stub.digest()
                        .equals("md5-"
                                + Base64.getEncoder()
                                        .encodeToString(copyOf(sent).digest()));
    }

    private static MessageDigest copyOf(MessageDigest digest) {
        try {
            return (MessageDigest) digest.clone();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException(e);
        }
    }

    Written delete(String id, String revision, String name) {
        Call call = Call.write("DELETE", path(id, name)).with("rev", revision);
        Predicate<JsonNode> undecidable = found -> {
            throw new OutcomeUnknownException(
                    "remove attachment " + name,
                    ErrorAnswer.none("write_undecided", "Somebody has removed it, perhaps this client."),
                    null);
        };
        return writes.commit(call, id, revision, undecidable);
    }

    private String path(String id, String name) {
        return calls.path(DatabaseCalls.id(id), Call.encode(name));
    }

    private static InputStream open(AttachmentSource content) {
        try {
            return content.open();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static MessageDigest md5() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
