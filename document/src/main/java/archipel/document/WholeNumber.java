package archipel.document;

import java.math.BigDecimal;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Whole numbers by their value, however they are written: 3, 3.0 and 3e0 are the same. */
public final class WholeNumber {
    private WholeNumber() {}

    /** Null for what is no number, or has a fraction. */
    public static @Nullable BigInteger of(JsonNode value) {
        if (value.isIntegralNumber()) {
            return value.bigIntegerValue();
        }
        if (!value.isNumber()) {
            return null;
        }
        BigDecimal decimal = value.decimalValue();
        boolean whole = decimal.signum() == 0
                || decimal.scale() <= 0
                || decimal.stripTrailingZeros().scale() <= 0;
        return whole ? decimal.toBigInteger() : null;
    }

    /** The nearest long; null for what is no whole number. */
    public static @Nullable Long clamped(JsonNode value) {
        BigInteger whole = of(value);
        if (whole == null) {
            return null;
        }
        return whole.bitLength() < Long.SIZE ? whole.longValue() : whole.signum() < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
}
