package archipel.replication;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * Erlang's external term format, as {@code term_to_binary(Term, [{minor_version, 1}])} writes it: what CouchDB hashes
 * to name a replication. Only what occurs there.
 *
 * @see <a href="https://www.erlang.org/doc/apps/erts/erl_ext_dist.html">External Term Format</a>
 */
final class ExternalTerm {
    private static final int VERSION = 131;
    private static final int FLOAT = 70;
    private static final int SMALL_INTEGER = 97;
    private static final int INTEGER = 98;
    private static final int ATOM = 100;
    private static final int SMALL_TUPLE = 104;
    private static final int NIL = 106;
    private static final int STRING = 107;
    private static final int LIST = 108;
    private static final int BINARY = 109;
    private static final int SMALL_BIG = 110;
    private static final int LARGE_BIG = 111;

    private static final int LONGEST_STRING = 65_535;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    ExternalTerm() {
        out.write(VERSION);
    }

    byte[] bytes() {
        return out.toByteArray();
    }

    ExternalTerm atom(String name) {
        byte[] text = name.getBytes(ISO_8859_1);
        out.write(ATOM);
        twoBytes(text.length);
        out.writeBytes(text);
        return this;
    }

    ExternalTerm binary(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        out.write(BINARY);
        fourBytes(bytes.length);
        out.writeBytes(bytes);
        return this;
    }

    /** A list of characters, each a byte. */
    ExternalTerm string(String text) {
        return string(text.getBytes(UTF_8));
    }

    private ExternalTerm string(byte[] bytes) {
        if (bytes.length == 0) {
            out.write(NIL);
        } else if (bytes.length <= LONGEST_STRING) {
            out.write(STRING);
            twoBytes(bytes.length);
            out.writeBytes(bytes);
        } else {
            list(bytes.length);
            for (byte b : bytes) {
                integer(BigInteger.valueOf(b & 0xFF));
            }
            endList();
        }
        return this;
    }

    ExternalTerm integer(long value) {
        return integer(BigInteger.valueOf(value));
    }

    private ExternalTerm integer(BigInteger value) {
        if (value.signum() >= 0 && value.bitLength() <= 8) {
            out.write(SMALL_INTEGER);
            out.write(value.intValue());
        } else if (value.bitLength() <= 31) {
            out.write(INTEGER);
            fourBytes(value.intValue());
        } else {
            byte[] magnitude = value.abs().toByteArray();
            int first = magnitude[0] == 0 ? 1 : 0;
            int length = magnitude.length - first;
            out.write(length <= 255 ? SMALL_BIG : LARGE_BIG);
            if (length <= 255) {
                out.write(length);
            } else {
                fourBytes(length);
            }
            out.write(value.signum() < 0 ? 1 : 0);
            for (int i = magnitude.length - 1; i >= first; i--) {
                out.write(magnitude[i]);
            }
        }
        return this;
    }

    /** The elements follow. */
    ExternalTerm tuple(int elements) {
        out.write(SMALL_TUPLE);
        out.write(elements);
        return this;
    }

    /** The elements follow, at least one, and {@link #endList}. */
    ExternalTerm list(int elements) {
        out.write(LIST);
        fourBytes(elements);
        return this;
    }

    ExternalTerm endList() {
        out.write(NIL);
        return this;
    }

    ExternalTerm binaries(List<String> texts) {
        if (texts.isEmpty()) {
            return endList();
        }
        list(texts.size());
        texts.forEach(this::binary);
        return endList();
    }

    /** JSON as CouchDB holds it: objects are a tuple of a list of pairs, strings are binaries. */
    ExternalTerm json(JsonNode value) {
        switch (value.getNodeType()) {
            case STRING -> binary(value.stringValue());
            case BOOLEAN -> atom(value.booleanValue() ? "true" : "false");
            case NUMBER -> number(value);
            case ARRAY -> array(value);
            case OBJECT -> object(value);
            default -> atom("null");
        }
        return this;
    }

    private void number(JsonNode value) {
        if (value.isIntegralNumber()) {
            integer(value.bigIntegerValue());
        } else {
            out.write(FLOAT);
            out.writeBytes(ByteBuffer.allocate(8)
                    .putDouble(value.decimalValue().doubleValue())
                    .array());
        }
    }

    private void array(JsonNode values) {
        boolean characters = !values.isEmpty() && values.size() <= LONGEST_STRING;
        for (JsonNode each : values) {
            characters &=
                    each.isIntegralNumber() && each.canConvertToInt() && each.intValue() >= 0 && each.intValue() < 256;
        }
        if (characters) {
            // A list of small numbers is a string to Erlang.
            byte[] bytes = new byte[values.size()];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) values.get(i).intValue();
            }
            string(bytes);
            return;
        }
        if (!values.isEmpty()) {
            list(values.size());
            values.forEach(this::json);
        }
        endList();
    }

    private void object(JsonNode object) {
        tuple(1);
        if (!object.isEmpty()) {
            list(object.size());
            for (Map.Entry<String, JsonNode> member : object.properties()) {
                tuple(2).binary(member.getKey()).json(member.getValue());
            }
        }
        endList();
    }

    private void twoBytes(int value) {
        out.write(value >>> 8);
        out.write(value);
    }

    private void fourBytes(int value) {
        twoBytes(value >>> 16);
        twoBytes(value);
    }
}
