package archipel.documents;

import archipel.document.Attachment;
import archipel.document.DocumentJson;
import archipel.document.Revision;
import archipel.document.RevisionPath;
import archipel.http.JsonStream;
import archipel.read.Reader;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Base64;
import java.util.List;
import java.util.zip.GZIPInputStream;

/** The member {@code _attachments} as it is shown. */
final class AttachmentJson {
    /** Divisible by three, so that pieces of base64 can be put in a row. */
    private static final int PIECE_BYTES = 48 << 10;

    private AttachmentJson() {}

    /** How content is shown. */
    enum Content {
        /** {@code "stub":true}. */
        STUB,
        /** {@code "follows":true}: it comes in a part of its own. */
        FOLLOWS,
        /** {@code "data"} in base64. */
        INLINE
    }

    /** With its content, which passes in pieces. */
    static void inline(JsonStream out, Reader reader, Attachment attachment, boolean encodingInfo) throws IOException {
        DocumentJson.openAttachment(out.buffer(), attachment);
        out.buffer().ascii(",\"data\":\"");
        Base64.Encoder base64 = Base64.getEncoder();
        try (InputStream content = decoded(reader, attachment)) {
            for (byte[] piece = content.readNBytes(PIECE_BYTES); piece.length > 0; ) {
                out.buffer().raw(base64.encode(piece));
                out.drain();
                piece = content.readNBytes(PIECE_BYTES);
            }
        }
        out.buffer().ascii('"');
        DocumentJson.closeAttachment(out.buffer(), attachment, encodingInfo);
    }

    /**
     * Content of which more may always come: the decoder takes a chunk's end, where nothing is available, for the end
     * of the last member.
     */
    private static final class Unhurried extends FilterInputStream {
        private Unhurried(InputStream in) {
            super(in);
        }

        @Override
        public int available() {
            return 1;
        }
    }

    /**
     * The content as it was before it was encoded, of an attachment that {@link
     * archipel.read.AttachmentReader#asStored} gave.
     */
    static InputStream decoded(Reader reader, Attachment attachment) throws IOException {
        InputStream stored = reader.attachments().open(attachment, 0);
        return "gzip".equals(attachment.encoding()) ? new GZIPInputStream(new Unhurried(stored), 8192) : stored;
    }

    /**
     * The generation up to which a client has the attachments: that of the newest revision of {@code path} it names; 0
     * when it has none.
     */
    static int knownGeneration(RevisionPath path, List<Revision> since) {
        for (int i = 0; i < path.hashes().size(); i++) {
            int generation = path.generation() - i;
            if (since.contains(new Revision(generation, path.hashes().get(i)))) {
                return generation;
            }
        }
        return 0;
    }
}
