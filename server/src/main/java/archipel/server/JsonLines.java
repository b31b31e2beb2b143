package archipel.server;

import archipel.document.JsonBuffer;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;

/**
 * One JSON object a line:
 *
 * <pre>{@code {"time":"2026-01-31T12:00:00.123Z","level":"WARN","logger":"archipel.x.Y","thread":"main","message":"…"}}
 * </pre>
 *
 * <p>The message is what a text log shows. What was logged by fields has each as a member as well, numbers as numbers
 * and nothing as null; an exception's stack trace is the member {@code stack}.
 */
final class JsonLines extends EncoderBase<ILoggingEvent> {
    private static final Set<String> TAKEN = Set.of("time", "level", "logger", "thread", "message", "stack");
    private static final byte[] NONE = {};

    @Override
    public byte[] headerBytes() {
        return NONE;
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        JsonBuffer json = new JsonBuffer(512)
                .ascii("{\"time\":")
                .string(event.getInstant().toString())
                .ascii(",\"level\":")
                .string(event.getLevel().toString())
                .ascii(",\"logger\":")
                .string(event.getLoggerName())
                .ascii(",\"thread\":")
                .string(event.getThreadName())
                .ascii(",\"message\":")
                .string(String.valueOf(event.getFormattedMessage()));
        List<KeyValuePair> fields = event.getKeyValuePairs();
        if (fields != null) {
            fields.forEach(field -> add(json, field));
        }
        IThrowableProxy thrown = event.getThrowableProxy();
        if (thrown != null) {
            json.ascii(",\"stack\":").string(ThrowableProxyUtil.asString(thrown));
        }
        String line = new String(json.ascii('}').toByteArray(), StandardCharsets.UTF_8);
        return (LogLines.json(line) + '\n').getBytes(StandardCharsets.UTF_8);
    }

    private static void add(JsonBuffer json, KeyValuePair field) {
        json.ascii(',')
                .string(TAKEN.contains(field.key) ? field.key + "_" : field.key)
                .ascii(':');
        value(json, field.value);
    }

    private static void value(JsonBuffer json, @Nullable Object value) {
        switch (value) {
            case null -> json.ascii("null");
            case Boolean truth -> json.bool(truth);
            case Double number when !Double.isFinite(number) -> json.ascii("null");
            case Number number -> json.ascii(number.toString());
            default -> json.string(value.toString());
        }
    }

    @Override
    public byte[] footerBytes() {
        return NONE;
    }
}
