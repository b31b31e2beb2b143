package archipel.view;

import archipel.changes.Waiter;
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

    /**
     * The same for somebody who may give up while a function is called.
     *
     * @return throws {@link ScriptReducer.GivenUp} where the waiter gave up
     */
    default Reduction awaitedBy(Waiter waiter) {
        return this;
    }

    static Reducer awaitedBy(Reducer reducer, Waiter waiter) {
        return reducer instanceof Reduction reduction ? reduction.awaitedBy(waiter) : reducer;
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
