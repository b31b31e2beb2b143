package archipel.view;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.index.Reducer;

/**
 * A reduce function whose intermediate results are not what is shown. {@link #show} makes of a result the JSON for a
 * row.
 */
interface Reduction extends Reducer {
    /**
     * @throws RowException where the row says what went wrong instead of a value
     * @throws RequestException where the whole query fails
     */
    default byte[] show(byte[] result) {
        return result;
    }

    static byte[] show(Reducer reducer, byte[] result) {
        return reducer instanceof Reduction reduction ? reduction.show(result) : result;
    }

    /** A reduction that failed: the row has an error in place of a value. */
    final class RowException extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final String error;

        RowException(String error, String reason) {
            super(reason);
            this.error = error;
        }

        public String error() {
            return error;
        }
    }

    /** What a function that cannot take its values answers. */
    static RequestException invalid(String reason) {
        return new RequestException(ErrorCode.REDUCE_INVALID_VALUE, reason);
    }
}
