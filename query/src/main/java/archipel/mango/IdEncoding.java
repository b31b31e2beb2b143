package archipel.mango;

import static java.nio.charset.StandardCharsets.UTF_8;

import tools.jackson.databind.JsonNode;

/** Ids as they are: strings, in the order of their bytes, which are greater than anything else. */
final class IdEncoding implements FieldRanges.Encoding {
    @Override
    public ByteRanges equal(JsonNode value) {
        return value.isString() ? ByteRanges.of(bytes(value), next(value)) : ByteRanges.NONE;
    }

    @Override
    public ByteRanges less(JsonNode value, boolean inclusive) {
        return value.isString() ? ByteRanges.of(new byte[0], inclusive ? next(value) : bytes(value)) : ByteRanges.NONE;
    }

    @Override
    public ByteRanges greater(JsonNode value, boolean inclusive) {
        return value.isString() ? ByteRanges.of(inclusive ? bytes(value) : next(value), null) : ByteRanges.ALL;
    }

    @Override
    public ByteRanges beginningWith(String prefix) {
        return prefix.isEmpty() ? ByteRanges.ALL : ByteRanges.beginningWith(prefix.getBytes(UTF_8));
    }

    @Override
    public ByteRanges strings() {
        return ByteRanges.ALL;
    }

    @Override
    public ByteRanges arrays() {
        return ByteRanges.NONE;
    }

    private static byte[] bytes(JsonNode value) {
        return value.stringValue().getBytes(UTF_8);
    }

    private static byte[] next(JsonNode value) {
        return (value.stringValue() + '\0').getBytes(UTF_8);
    }
}
