package archipel.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.eclipse.jetty.http.HttpFields;

/** Compression of answers. */
final class AcceptEncoding {
    /** Less is not worth it. */
    static final int WORTH_BYTES = 1024;

    private AcceptEncoding() {}

    /** Whether a request's headers allow gzip. */
    static boolean allowsGzip(HttpFields request) {
        String header = Request.joined(request, "Accept-Encoding");
        return header != null && allowsGzip(header);
    }

    /** Whether {@code Accept-Encoding} names gzip (or everything) and does not give it weight 0. */
    static boolean allowsGzip(String header) {
        boolean everything = false;
        for (String part : header.toLowerCase(Locale.ROOT).split(",")) {
            int semicolon = part.indexOf(';');
            String coding = (semicolon < 0 ? part : part.substring(0, semicolon)).strip();
            boolean refused =
                    semicolon >= 0 && part.substring(semicolon + 1).strip().matches("q=0(\\.0*)?");
            if (coding.equals("gzip") || coding.equals("x-gzip")) {
                return !refused;
            }
            if (coding.equals("*")) {
                everything = !refused;
            }
        }
        return everything;
    }

    static byte[] gzip(byte[] bytes, int length) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(Math.max(512, length / 3));
        try (OutputStream gzip = stream(out)) {
            gzip.write(bytes, 0, length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    /** Fast rather than small: what is compressed is made for one answer. */
    static Compression stream(OutputStream out) throws IOException {
        return new Compression(out);
    }

    /** Compresses what is written to it. */
    static final class Compression extends GZIPOutputStream {
        private Compression(OutputStream out) throws IOException {
            super(out, 8192, true);
            def.setLevel(Deflater.BEST_SPEED);
        }

        /** Gives back the memory outside the heap, whether or not all was written. */
        void release() {
            def.end();
        }
    }
}
