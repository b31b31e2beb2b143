package archipel.connections;

import java.util.EnumSet;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;

/** How the HTTP library is told to speak HTTP. */
final class HttpFeatures {
    private static final int HEADER_BYTES = 64 << 10;
    private static final int INPUT_BYTES = 16 << 10;

    /** Ids hold every character, encoded or not: who takes a target apart judges it. */
    private static final UriCompliance ANY_TARGET =
            new UriCompliance("ARCHIPEL", EnumSet.allOf(UriCompliance.Violation.class));

    /** A proxy in front may name another host than the absolute form of a target does. */
    private static final HttpCompliance STRICT = HttpCompliance.from("RFC9110,-LF_HEADER_TERMINATION,"
            + "-LF_CHUNK_TERMINATION,-MULTIPLE_CONTENT_LENGTHS,-TRANSFER_ENCODING_WITH_CONTENT_LENGTH,"
            + "-WHITESPACE_AFTER_FIELD_NAME,-DUPLICATE_HOST_HEADERS,MISMATCHED_AUTHORITY");

    private HttpFeatures() {}

    static HttpConfiguration configuration(ConnectionLimits settings) {
        HttpConfiguration configuration = new HttpConfiguration();
        configuration.setSendServerVersion(false);
        configuration.setSendDateHeader(true);
        configuration.setUriCompliance(ANY_TARGET);
        configuration.setHttpCompliance(STRICT);
        configuration.setRequestHeaderSize(HEADER_BYTES + settings.maximumUriBytes());
        configuration.setResponseHeaderSize(4 << 10);
        configuration.setMaxResponseHeaderSize(HEADER_BYTES);
        // The library would keep what it has seen of fields for each connection, in an index of 100 KB.
        configuration.setHeaderCacheSize(0);
        configuration.setInputBufferSize(INPUT_BYTES);
        configuration.setUseInputDirectByteBuffers(true);
        configuration.setUseOutputDirectByteBuffers(true);
        configuration.setMaxUnconsumedRequestContentReads(4);
        configuration.setNotifyRemoteAsyncErrors(false);
        return configuration;
    }
}
