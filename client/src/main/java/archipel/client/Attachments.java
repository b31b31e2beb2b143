package archipel.client;

import archipel.calls.Call;
import archipel.calls.Content;
import archipel.failures.ErrorAnswer;
import archipel.failures.OutcomeUnknownException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicLong;
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
        Upload upload = new Upload(content);
        return writes.commit(call.body(upload), id, revision, found -> isOwn(found, name, upload.digest));
    }

    /** The application's content on its way. */
    private static final class Upload implements Content {
        private final AttachmentSource source;
        private final AtomicLong taken = new AtomicLong();
        /** Of what the last attempt has sent. */
        private volatile MessageDigest digest = md5();

        private volatile @Nullable RuntimeException failure;

        private Upload(AttachmentSource source) {
            this.source = source;
        }

        @Override
        public BodyPublisher publisher() {
            return BodyPublishers.ofInputStream(() -> {
                MessageDigest begun = md5();
                digest = begun;
                return new DigestInputStream(new Source(this), begun);
            });
        }

        @Override
        public long taken() {
            return taken.get();
        }

        @Override
        public @Nullable RuntimeException failure() {
            return failure;
        }
    }

    /**
     * Opens the application's stream when it is read, and counts what is. A failure is unchecked, so that the HTTP
     * client does not take it for the end of the content.
     */
    private static final class Source extends InputStream {
        private final Upload upload;
        private @Nullable InputStream stream;

        private Source(Upload upload) {
            this.upload = upload;
        }

        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            upload.taken.incrementAndGet();
            try {
                InputStream from = stream;
                if (from == null) {
                    from = upload.source.open();
                    stream = from;
                }
                return from.read(target, offset, length);
            } catch (IOException e) {
                throw failed(new UncheckedIOException(e));
            } catch (RuntimeException e) {
                throw failed(e);
            }
        }

        private RuntimeException failed(RuntimeException e) {
            upload.failure = e;
            return e;
        }

        @Override
        public void close() throws IOException {
            if (stream != null) {
                stream.close();
            }
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

    private static MessageDigest md5() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
