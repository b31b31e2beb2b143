package archipel.ends;

import static java.nio.charset.StandardCharsets.UTF_8;

import archipel.document.JsonBuffer;
import archipel.document.JsonTree;
import archipel.document.Revision;
import archipel.json.JsonCursor;
import archipel.memory.Allowance;
import archipel.mime.MultipartReader;
import archipel.remote.RemoteAnswer;
import archipel.remote.RemoteException;
import archipel.remote.RemoteRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Reads documents of a database behind HTTP: many at once, or one with its attachments. */
final class RemoteDocuments {
    /** As long as memory lasts, which is asked as a document grows. */
    private static final int DOCUMENT_BYTES = 1 << 30;

    /** Some servers refuse longer ones. */
    private static final int URL_CHARACTERS = 7000;

    private final RemoteEnd end;
    /** Whether the other side answers {@code _bulk_get}; found out by asking. */
    private volatile boolean bulk;

    RemoteDocuments(RemoteEnd end, boolean bulk) {
        this.end = end;
        this.bulk = bulk;
    }

    /** As {@link End.Source#fetch}. */
    ReplicationStatistics fetch(Iterable<MissingRevisions> wanted, End.Content content, End.Sink sink)
            throws ReplicationException, IOException, InterruptedException {
        if (bulk) {
            try {
                return fetchInBulk(wanted, content, sink);
            } catch (UnknownPathException e) {
                bulk = false;
            }
        }
        for (MissingRevisions one : wanted) {
            fetchOne(one, content, sink);
        }
        return ReplicationStatistics.NONE;
    }

    private ReplicationStatistics fetchInBulk(Iterable<MissingRevisions> wanted, End.Content content, End.Sink sink)
            throws ReplicationException, IOException, InterruptedException {
        JsonBuffer json = new JsonBuffer(64 << 10);
        int asked = 0;
        Set<String> ids = new HashSet<>();
        char separator = '[';
        json.ascii("{\"docs\":");
        for (MissingRevisions one : wanted) {
            ids.add(one.id());
            for (Revision revision : one.missing()) {
                json.ascii(separator).ascii("{\"id\":").string(one.id());
                json.ascii(",\"rev\":").string(revision.toString());
                separator = ',';
                asked++;
                if (content == End.Content.INLINE && !one.ancestors().isEmpty()) {
                    json.ascii(",\"atts_since\":");
                    list(json, one.ancestors());
                }
                json.ascii('}');
            }
        }
        if (asked == 0) {
            return ReplicationStatistics.NONE;
        }
        json.ascii("]}");
        RemoteRequest request = RemoteRequest.of("POST", "_bulk_get")
                .query("revs", "true")
                .query("stamps", "true")
                .query("latest", "true")
                .query("attachments", content == End.Content.INLINE ? "true" : "false")
                .query("att_encoding_info", "true")
                .header("Accept", "application/json")
                .body(new RemoteRequest.Bytes("application/json", json.array(), json.size()));
        int most = asked;
        return end.ask(request, answer -> {
            switch (answer.status()) {
                case 200 -> {}
                case 400, 404, 405, 501 -> throw new UnknownPathException();
                default -> throw end.fault(answer, "reading documents of");
            }
            return ReplicationStatistics.bulk(results(answer, most, new Asked(ids, sink)), most);
        });
    }

    private int results(RemoteAnswer answer, int most, End.Sink sink)
            throws ReplicationException, IOException, InterruptedException {
        AnswerElements results = new AnswerElements(answer.body(), "results", DOCUMENT_BYTES);
        int documents = 0;
        int count = 0;
        while (results.next()) {
            if (++count > most) {
                throw new RemoteException(
                        RemoteException.Kind.MALFORMED,
                        end.shown() + " sends more documents than were asked for",
                        null);
            }
            JsonCursor cursor = results.cursor();
            String id = "";
            boolean isObject = cursor.enterObject();
            while (isObject && cursor.nextMember()) {
                if (cursor.isKey("id") && cursor.peek() == '"') {
                    id = cursor.text();
                } else if (cursor.isKey("docs") && cursor.enterArray()) {
                    while (cursor.nextElement()) {
                        documents += result(cursor, results.array(), id, sink) ? 1 : 0;
                    }
                } else {
                    cursor.skip();
                }
            }
        }
        return documents;
    }

    /** Hands on what stands for one revision; whether it is a document. */
    private static boolean result(JsonCursor cursor, byte[] json, String id, End.Sink sink)
            throws ReplicationException, IOException, InterruptedException {
        boolean found = false;
        boolean isObject = cursor.enterObject();
        while (isObject && cursor.nextMember()) {
            if (cursor.isKey("ok") && cursor.peek() == '{') {
                int from = cursor.position();
                sink.document(FetchedDocument.of(json, from, cursor.skip()));
                found = true;
            } else if (cursor.isKey("error") && cursor.peek() == '{') {
                JsonNode error = JsonTree.ofValid(cursor.raw().getBytes(UTF_8));
                sink.absent(
                        error.path("id").asString(id),
                        error.path("rev").asString(""),
                        error.path("error").asString(""),
                        error.path("reason").asString(""));
            } else {
                cursor.skip();
            }
        }
        return found;
    }

    /** One document without {@code _bulk_get}, as JSON. */
    private void fetchOne(MissingRevisions wanted, End.Content content, End.Sink sink)
            throws ReplicationException, IOException, InterruptedException {
        RemoteRequest request = request(wanted).header("Accept", "application/json");
        if (content == End.Content.INLINE) {
            request = request.query("attachments", "true");
        }
        end.ask(request, answer -> {
            requireFound(answer, wanted);
            byte[] json = answer.bytes(DOCUMENT_BYTES);
            return list(json, wanted.id(), new Asked(Set.of(wanted.id()), sink));
        });
    }

    /** An answer to {@code open_revs} that is a list. */
    private static int list(byte[] json, String id, End.Sink sink)
            throws ReplicationException, IOException, InterruptedException {
        JsonCursor cursor = new JsonCursor(json, 0, json.length);
        int documents = 0;
        boolean isArray = cursor.enterArray();
        while (isArray && cursor.nextElement()) {
            boolean isObject = cursor.enterObject();
            while (isObject && cursor.nextMember()) {
                if (cursor.isKey("ok") && cursor.peek() == '{') {
                    int from = cursor.position();
                    sink.document(FetchedDocument.of(json, from, cursor.skip()));
                    documents++;
                } else if (cursor.isKey("missing") && cursor.peek() == '"') {
                    sink.absent(id, cursor.text(), "not_found", "missing");
                } else {
                    cursor.skip();
                }
            }
        }
        return documents;
    }

    private RemoteRequest request(MissingRevisions wanted) {
        JsonBuffer revisions = new JsonBuffer();
        list(revisions, wanted.missing());
        return RemoteRequest.get(RemoteEnd.path(wanted.id()))
                .query("revs", "true")
                .query("stamps", "true")
                .query("latest", "true")
                .query("open_revs", text(revisions));
    }

    private static String text(JsonBuffer json) {
        return new String(json.array(), 0, json.size(), UTF_8);
    }

    private static void list(JsonBuffer json, List<Revision> revisions) {
        json.ascii('[');
        for (int i = 0; i < revisions.size(); i++) {
            json.ascii(i == 0 ? "" : ",").string(revisions.get(i).toString());
        }
        json.ascii(']');
    }

    private void requireFound(RemoteAnswer answer, MissingRevisions wanted) throws IOException {
        if (answer.status() == 404) {
            throw new EndFaultException(
                    503, "missing_doc", end.shown() + " lists document " + wanted.id() + " and does not have it");
        }
        if (!answer.isSuccess()) {
            throw end.fault(answer, "reading a document of");
        }
    }

    /** As {@link End.Source#stream}. */
    void stream(MissingRevisions wanted, End.AttachedSink sink)
            throws ReplicationException, IOException, InterruptedException {
        RemoteRequest request = request(wanted).header("Accept", "multipart/mixed");
        String since = since(wanted.ancestors(), request);
        if (!since.isEmpty()) {
            request = request.query("atts_since", since);
        }
        end.ask(request, answer -> {
            requireFound(answer, wanted);
            String type = answer.header("Content-Type");
            if (type != null && type.startsWith("multipart/")) {
                parts(new MultipartReader(answer.body(), MultipartReader.boundary(type)), attached -> {
                    requireAsked(attached.document(), Set.of(wanted.id()));
                    sink.document(attached);
                });
                return true;
            }
            inline(wanted, sink);
            return false;
        });
    }

    /** As many of the target's revisions as a URL has room for, those that save most first. */
    private static String since(List<Revision> ancestors, RemoteRequest request) {
        List<Revision> newest = new ArrayList<>(ancestors);
        newest.sort(Comparator.reverseOrder());
        int room = URL_CHARACTERS - request.query().length() - request.path().length();
        List<Revision> chosen = new ArrayList<>();
        for (Revision one : newest) {
            // Quotation marks and a comma, each of them three characters.
            room -= one.toString().length() + 9;
            if (room < 0) {
                break;
            }
            chosen.add(one);
        }
        JsonBuffer json = new JsonBuffer();
        list(json, chosen);
        return chosen.isEmpty() ? "" : text(json);
    }

    private static void parts(MultipartReader parts, End.AttachedSink sink)
            throws ReplicationException, IOException, InterruptedException {
        for (MultipartReader.Part part = parts.next(); part != null; part = parts.next()) {
            String type = part.header("content-type");
            if (type.startsWith("multipart/related")) {
                sink.document(
                        new MultipartDocument(new MultipartReader(part.content(), MultipartReader.boundary(type))));
            } else if (!type.contains("error=")) {
                byte[] json = whole(part.content());
                sink.document(new Alone(FetchedDocument.of(json, 0, json.length)));
            }
        }
    }

    private static byte[] whole(InputStream content) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] piece = new byte[16 << 10];
        for (int read = content.read(piece); read >= 0; read = content.read(piece)) {
            out.write(piece, 0, read);
            Allowance.current().pass(3L * out.size());
        }
        return out.toByteArray();
    }

    /** Where the other side knows no multipart answers: all content within the JSON. */
    private void inline(MissingRevisions wanted, End.AttachedSink sink)
            throws ReplicationException, IOException, InterruptedException {
        RemoteRequest request = request(wanted).query("attachments", "true").header("Accept", "application/json");
        List<byte[]> found = new ArrayList<>();
        end.ask(request, answer -> {
            requireFound(answer, wanted);
            return list(answer.bytes(DOCUMENT_BYTES), wanted.id(), new End.Sink() {
                @Override
                public void document(FetchedDocument document) {
                    found.add(document.bytes());
                }

                @Override
                public void absent(String id, String revision, String error, String reason) {
                    // Whoever asked sees that nothing came.
                }
            });
        });
        for (byte[] json : found) {
            FetchedDocument document = FetchedDocument.of(json, 0, json.length);
            requireAsked(document, Set.of(wanted.id()));
            sink.document(new Alone(document));
        }
    }

    /** A document without anything that follows it. */
    record Alone(FetchedDocument document) implements AttachedDocument {
        @Override
        public List<AttachmentStub> following() {
            return List.of();
        }

        @Override
        public InputStream next() {
            throw new IllegalStateException("nothing follows");
        }
    }

    /** A document as the first part of a message, its attachments as the others. */
    private static final class MultipartDocument implements AttachedDocument {
        private final MultipartReader parts;
        private final FetchedDocument document;
        private final List<AttachmentStub> following;
        private final Iterator<AttachmentStub> next;

        MultipartDocument(MultipartReader parts) throws IOException {
            this.parts = parts;
            MultipartReader.Part first = parts.next();
            if (first == null) {
                throw new RemoteException(RemoteException.Kind.MALFORMED, "a document without its JSON", null);
            }
            byte[] json = whole(first.content());
            this.document = FetchedDocument.of(json, 0, json.length);
            this.following = document.attachments().stream()
                    .filter(AttachmentStub::follows)
                    .toList();
            this.next = following.iterator();
        }

        @Override
        public FetchedDocument document() {
            return document;
        }

        @Override
        public List<AttachmentStub> following() {
            return following;
        }

        @Override
        public InputStream next() throws IOException {
            AttachmentStub stub = next.next();
            MultipartReader.Part part = parts.next();
            if (part == null) {
                throw new RemoteException(
                        RemoteException.Kind.MALFORMED,
                        "the content of attachment " + stub.name() + " is missing",
                        null);
            }
            // In the order of the JSON, as CouchDB has it.
            return new AnnouncedContent(part.content(), stub);
        }
    }

    /** Passes on documents that were asked for; a source that sends others is none. */
    private final class Asked implements End.Sink {
        private final Set<String> ids;
        private final End.Sink sink;

        Asked(Set<String> ids, End.Sink sink) {
            this.ids = ids;
            this.sink = sink;
        }

        @Override
        public void document(FetchedDocument document) throws ReplicationException, IOException, InterruptedException {
            requireAsked(document, ids);
            sink.document(document);
        }

        @Override
        public void absent(String id, String revision, String error, String reason) {
            sink.absent(id, revision, error, reason);
        }
    }

    private void requireAsked(FetchedDocument document, Set<String> ids) throws RemoteException {
        if (!ids.contains(document.id())) {
            throw new RemoteException(
                    RemoteException.Kind.MALFORMED, end.shown() + " sends a document that nobody asked for", null);
        }
    }

    /** The other side has no such endpoint. */
    private static final class UnknownPathException extends IOException {
        UnknownPathException() {
            super("no such path");
        }
    }
}
