package archipel.mango;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * Values in Erlang's external term format, as {@code term_to_binary} writes them with minor version 1: CouchDB names
 * indexes by its hash. See <a href="https://www.erlang.org/doc/apps/erts/erl_ext_dist.html">External Term Format</a>.
 */
final class ErlangFormat {
    private static final int LARGEST_BYTE = 255;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    ErlangFormat begin() {
        out.write(131);
        return this;
    }

    ErlangFormat tuple(int elements) {
        out.write(104);
        out.write(elements);
        return this;
    }

    ErlangFormat list(int elements) {
        out.write(108);
        out.writeBytes(int4(elements));
        return this;
    }

    /** What ends a list; alone it is the empty one. */
    ErlangFormat nil() {
        out.write(106);
        return this;
    }

    ErlangFormat atom(String name) {
        out.write(100);
        out.write(name.length() >> 8);
        out.write(name.length());
        out.writeBytes(name.getBytes(ISO_8859_1));
        return this;
    }

    ErlangFormat binary(String text) {
        byte[] utf8 = text.getBytes(UTF_8);
        out.write(109);
        out.writeBytes(int4(utf8.length));
        out.writeBytes(utf8);
        return this;
    }

    ErlangFormat json(JsonNode value) {
        switch (value.getNodeType()) {
            case STRING -> binary(value.stringValue());
            case NUMBER -> number(value);
            case ARRAY -> array(value);
            case OBJECT -> {
                tuple(1);
                if (!value.isEmpty()) {
                    list(value.size());
                }
                for (Map.Entry<String, JsonNode> member : value.properties()) {
                    tuple(2).binary(member.getKey()).json(member.getValue());
                }
                nil();
            }
            default -> atom(value.toString());
        }
        return this;
    }

    /** Small numbers alone are a string to Erlang. */
    private void array(JsonNode array) {
        boolean bytes = !array.isEmpty() && array.size() < 1 << 16;
        for (JsonNode element : array) {
            bytes = bytes
                    && element.isIntegralNumber()
                    && element.canConvertToInt()
                    && element.intValue() >= 0
                    && element.intValue() <= LARGEST_BYTE;
        }
        if (bytes) {
            out.write(107);
            out.write(array.size() >> 8);
            out.write(array.size());
            array.forEach(element -> out.write(element.intValue()));
            return;
        }
        if (!array.isEmpty()) {
            list(array.size());
            array.forEach(this::json);
        }
        nil();
    }

    private void number(JsonNode number) {
        if (!number.isIntegralNumber()) {
            out.write(70);
            out.writeBytes(ByteBuffer.allocate(8)
                    .putDouble(number.decimalValue().doubleValue())
                    .array());
        } else if (number.canConvertToInt()) {
            int value = number.intValue();
            if (value >= 0 && value <= LARGEST_BYTE) {
                out.write(97);
                out.write(value);
            } else {
                out.write(98);
                out.writeBytes(int4(value));
            }
        } else {
            large(number.bigIntegerValue());
        }
    }

    private void large(BigInteger value) {
        byte[] magnitude = value.abs().toByteArray();
        int first = magnitude[0] == 0 ? 1 : 0;
        int length = magnitude.length - first;
        out.write(length <= LARGEST_BYTE ? 110 : 111);
        if (length <= LARGEST_BYTE) {
            out.write(length);
        } else {
            out.writeBytes(int4(length));
        }
        out.write(value.signum() < 0 ? 1 : 0);
        for (int i = magnitude.length - 1; i >= first; i--) {
            out.write(magnitude[i]);
        }
    }

    private static byte[] int4(int value) {
        return ByteBuffer.allocate(4).putInt(value).array();
    }

    byte[] bytes() {
        return out.toByteArray();
    }
}
