package archipel.http;

import io.helidon.common.GenericType;
import io.helidon.common.buffers.BufferData;
import io.helidon.common.mapper.Value;
import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Stands in for {@code Content-Length} in the answer to a HEAD whose GET would be chunked, and says so instead: the
 * library would otherwise say 0, or send the last chunk as a body.
 */
final class UnknownLength implements Header {
    static final Header HEADER = new UnknownLength();
    private static final byte[] LINE = "Transfer-Encoding: chunked\r\n".getBytes(StandardCharsets.US_ASCII);

    private final Header zero = HeaderValues.create(HeaderNames.CONTENT_LENGTH, "0");

    private UnknownLength() {}

    @Override
    public void writeHttp1Header(BufferData buffer) {
        buffer.write(LINE);
    }

    @Override
    public String name() {
        return zero.name();
    }

    @Override
    public HeaderName headerName() {
        return zero.headerName();
    }

    @Override
    public String get() {
        return zero.get();
    }

    @Override
    public List<String> allValues() {
        return zero.allValues();
    }

    @Override
    public int valueCount() {
        return 1;
    }

    @Override
    public boolean sensitive() {
        return false;
    }

    @Override
    public boolean changing() {
        return false;
    }

    @Override
    public <N> Value<N> as(Class<N> type) {
        return zero.as(type);
    }

    @Override
    public <N> Value<N> as(GenericType<N> type) {
        return zero.as(type);
    }

    @Override
    public <N> Value<N> as(Function<? super String, ? extends N> mapper) {
        return zero.as(mapper);
    }

    @Override
    public Optional<String> asOptional() {
        return zero.asOptional();
    }

    @Override
    public Value<Boolean> asBoolean() {
        return zero.asBoolean();
    }

    @Override
    public Value<String> asString() {
        return zero.asString();
    }

    @Override
    public Value<Integer> asInt() {
        return zero.asInt();
    }

    @Override
    public Value<Long> asLong() {
        return zero.asLong();
    }

    @Override
    public Value<Double> asDouble() {
        return zero.asDouble();
    }
}
