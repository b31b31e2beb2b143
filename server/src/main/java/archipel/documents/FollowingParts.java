package archipel.documents;

import archipel.document.Attachment;
import archipel.document.AttachmentInput;
import archipel.document.DocumentParser;
import archipel.document.DocumentParser.ParsedDocument;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.http.BodyBuffer;
import archipel.http.Exchange;
import archipel.http.JsonTree;
import archipel.http.RequestBody;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A document that came as {@code multipart/related}: its JSON first, then the attachments marked {@code follows}, in
 * the order in which the JSON lists them. Headers of the parts count for nothing, as in CouchDB.
 */
final class FollowingParts {
    private final MultipartReader parts;
    private final ParsedDocument document;
    private final List<String> order;

    private FollowingParts(MultipartReader parts, ParsedDocument document, List<String> order) {
        this.parts = parts;
        this.document = document;
        this.order = order;
    }

    /** Reads as far as the document. */
    static FollowingParts read(Exchange exchange) throws IOException {
        RequestBody body = exchange.body();
        String type = body.contentType();
        MultipartReader parts = new MultipartReader(body.stream(), MultipartReader.boundary(type == null ? "" : type));
        MultipartReader.Part first = parts.next();
        String firstType = first == null ? "" : first.header("content-type");
        int semicolon = firstType.indexOf(';');
        String essence = (semicolon < 0 ? firstType : firstType.substring(0, semicolon)).strip();
        if (first == null || !essence.equals("application/json")) {
            throw new RequestException(ErrorCode.NOT_JSON_TYPE);
        }
        int maximum = exchange.services().settings().maximumBufferedBytes();
        byte[] json = BodyBuffer.read(first.content(), -1, maximum);
        DocumentParser parser =
                new DocumentParser(exchange.services().settings().jsonLimits());
        ParsedDocument document = parser.parse(json, 0, json.length);
        return new FollowingParts(parts, document, order(json, document));
    }

    ParsedDocument document() {
        return document;
    }

    /** Takes the parts in; to be called once. */
    Map<String, Attachment> receive(EditBuilder edits) throws IOException {
        Map<String, AttachmentInput.Follows> expected = new HashMap<>();
        for (AttachmentInput input : document.attachments()) {
            if (input instanceof AttachmentInput.Follows follows) {
                expected.put(follows.name(), follows);
            }
        }
        Map<String, Attachment> received = new HashMap<>();
        for (String name : order) {
            AttachmentInput.Follows follows = expected.get(name);
            MultipartReader.@Nullable Part part = follows == null ? null : parts.next();
            if (follows == null || part == null) {
                throw new RequestException(ErrorCode.ATTACHMENT_SHORTER);
            }
            InputStream content =
                    follows.length() < 0 ? part.content() : new Measured(part.content(), follows.length());
            Attachment attachment = edits.receive(name, follows.contentType(), follows.encoding(), content);
            if (follows.digest() != null
                    && follows.digest().startsWith("md5-")
                    && !follows.digest().equals(AttachmentJson.digest(attachment))) {
                throw new RequestException(ErrorCode.BAD_REQUEST, "md5_mismatch");
            }
            received.put(name, attachment);
        }
        while (parts.next() != null) {
            // Nothing says what further parts are; what matters is that the message is whole.
            continue;
        }
        return received;
    }

    /** The parser gives attachments in the order of their names; the parts come in that of the text. */
    private static List<String> order(byte[] json, ParsedDocument document) {
        long following = document.attachments().stream()
                .filter(AttachmentInput.Follows.class::isInstance)
                .count();
        if (following <= 1) {
            return document.attachments().stream()
                    .filter(AttachmentInput.Follows.class::isInstance)
                    .map(AttachmentInput::name)
                    .toList();
        }
        List<String> names = new ArrayList<>();
        JsonNode attachments = JsonTree.parse(json).path("_attachments");
        attachments.forEachEntry((name, attachment) -> {
            if (attachment.path("follows").asBoolean(false)) {
                names.add(name);
            }
        });
        return names;
    }

    /** Content of which the JSON says how long it is. */
    private static final class Measured extends FilterInputStream {
        private long left;

        private Measured(InputStream in, long length) {
            super(in);
            left = length;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int read = in.read(bytes, offset, length);
            if (read < 0 && left > 0) {
                throw new RequestException(ErrorCode.ATTACHMENT_SHORTER);
            }
            left -= Math.max(0, read);
            if (left < 0) {
                throw new RequestException(ErrorCode.ATTACHMENT_LONGER);
            }
            return read;
        }
    }
}
