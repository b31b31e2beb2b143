package archipel.documents;

import archipel.access.AttachmentIntake;
import archipel.document.Attachment;
import archipel.document.AttachmentInput;
import archipel.document.DocumentParser;
import archipel.document.DocumentParser.ParsedDocument;
import archipel.document.ErrorCode;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.http.BodyBuffer;
import archipel.http.HttpSettings;
import archipel.http.RequestBody;
import archipel.mime.MultipartReader;
import archipel.mime.PartName;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * A document that came as {@code multipart/related}: its JSON first, then the attachments marked {@code follows}: the
 * part that names one is that one, those without a name come in the order in which the JSON lists them, as in CouchDB,
 * which knows the order alone. Other headers of the parts count for nothing.
 */
final class FollowingParts {
    private final MultipartReader parts;
    private final ParsedDocument document;
    private final Map<String, AttachmentInput.Follows> expected;

    private FollowingParts(
            MultipartReader parts, ParsedDocument document, Map<String, AttachmentInput.Follows> expected) {
        this.parts = parts;
        this.document = document;
        this.expected = expected;
    }

    /** Reads as far as the document. */
    static FollowingParts read(RequestBody body, HttpSettings settings) throws IOException {
        String type = body.contentType();
        MultipartReader parts = new MultipartReader(body.stream(), MultipartReader.boundary(type == null ? "" : type));
        MultipartReader.Part first = parts.next();
        String firstType = first == null ? "" : first.header("content-type");
        int semicolon = firstType.indexOf(';');
        String essence = (semicolon < 0 ? firstType : firstType.substring(0, semicolon)).strip();
        if (first == null || !essence.equals("application/json")) {
            throw new RequestException(ErrorCode.NOT_JSON_TYPE);
        }
        byte[] json = BodyBuffer.read(first.content(), -1, settings.maximumBufferedBytes());
        ParsedDocument document = new DocumentParser(settings.jsonLimits()).parse(json, 0, json.length);
        return new FollowingParts(parts, document, expected(json, document));
    }

    ParsedDocument document() {
        return document;
    }

    /**
     * Takes the parts in; to be called once.
     *
     * @throws RequestException 400 for a part with another name than those that are to come, or that came already, or
     *     where one is missing
     */
    Map<String, Attachment> receive(AttachmentIntake intake) throws IOException {
        Map<String, Attachment> received = new HashMap<>();
        for (MultipartReader.Part part = parts.next(); part != null; part = parts.next()) {
            AttachmentInput.Follows follows = expected.remove(nameOf(part));
            if (follows != null) {
                received.put(follows.name(), receive(intake, follows, part));
            }
        }
        if (!expected.isEmpty()) {
            throw new RequestException(ErrorCode.ATTACHMENT_SHORTER);
        }
        return received;
    }

    private static Attachment receive(
            AttachmentIntake intake, AttachmentInput.Follows follows, MultipartReader.Part part) throws IOException {
        InputStream content = follows.length() < 0 ? part.content() : new Measured(part.content(), follows.length());
        Attachment attachment = intake.receive(follows.name(), follows.contentType(), follows.encoding(), content);
        if (follows.digest() != null
                && follows.digest().startsWith("md5-")
                && !follows.digest().equals(attachment.digest())) {
            throw new RequestException(ErrorCode.PART_DIGEST);
        }
        return attachment;
    }

    /**
     * Which attachment a part is: the one it names, else the first that is to come. Empty for a part without a name
     * when none is: nothing says what it is, and all that matters is that the message is whole.
     */
    private String nameOf(MultipartReader.Part part) {
        List<String> names = PartName.candidates(part.header("content-disposition"));
        if (names.isEmpty()) {
            return expected.isEmpty() ? "" : expected.keySet().iterator().next();
        }
        for (String name : names) {
            if (expected.containsKey(name)) {
                return name;
            }
        }
        throw new RequestException(ErrorCode.PART_NAME, names.getFirst());
    }

    /**
     * What is to come, in the order of the text, which is that of the parts; the parser gives attachments in the order
     * of their names.
     */
    private static Map<String, AttachmentInput.Follows> expected(byte[] json, ParsedDocument document) {
        Map<String, AttachmentInput.Follows> sorted = new LinkedHashMap<>();
        for (AttachmentInput input : document.attachments()) {
            if (input instanceof AttachmentInput.Follows follows) {
                sorted.put(follows.name(), follows);
            }
        }
        if (sorted.size() <= 1) {
            return sorted;
        }
        Map<String, AttachmentInput.Follows> inOrder = new LinkedHashMap<>();
        JsonNode attachments = JsonTree.ofValid(json).path("_attachments");
        attachments.forEachEntry((name, _) -> {
            AttachmentInput.Follows follows = sorted.get(name);
            if (follows != null) {
                inOrder.put(name, follows);
            }
        });
        return inOrder;
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
