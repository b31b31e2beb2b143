package archipel.view;

import archipel.changes.Waiter;
import archipel.document.JsonBuffer;
import archipel.index.IndexRow;
import archipel.index.Reducer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A reduce function in JavaScript. What throws reduces to null; safe for use by many threads. */
final class ScriptReducer implements Reducer {
    private static final System.Logger LOG = System.getLogger(ScriptReducer.class.getName());
    /** Of one call's input; what is longer is reduced in pieces. */
    private static final int BYTES = 2 << 20;

    private final SandboxPool pool;
    private final FunctionGroup group;
    private final Waiter waiter;

    ScriptReducer(SandboxPool pool, FunctionGroup group) {
        this(pool, group, Waiter.PATIENT);
    }

    private ScriptReducer(SandboxPool pool, FunctionGroup group, Waiter waiter) {
        this.pool = pool;
        this.group = group;
        this.waiter = waiter;
    }

    /** The same function for somebody who may give up: that is then told by {@link GivenUp}. */
    ScriptReducer awaitedBy(Waiter other) {
        return new ScriptReducer(pool, group, other);
    }

    @Override
    public byte[] reduce(List<IndexRow> rows) {
        List<byte[]> results = new ArrayList<>();
        JsonBuffer keys = new JsonBuffer();
        JsonBuffer values = new JsonBuffer();
        for (IndexRow row : rows) {
            if (keys.size() + values.size() > BYTES) {
                byte[] result = call(keys, values, false);
                if (LimitedReducer.isOverflow(result)) {
                    return result;
                }
                results.add(result);
                keys.reset();
                values.reset();
            }
            keys.ascii(keys.size() == 0 ? "[[" : ",[").raw(row.key()).ascii(',');
            keys.string(row.id()).ascii(']');
            values.ascii(values.size() == 0 ? '[' : ',').raw(row.value());
        }
        byte[] last = call(keys, values, false);
        results.add(last);
        return results.size() == 1 || LimitedReducer.isOverflow(last) ? last : rereduce(results);
    }

    @Override
    public byte[] rereduce(List<byte[]> reductions) {
        List<byte[]> results = new ArrayList<>();
        JsonBuffer values = new JsonBuffer();
        int taken = 0;
        for (byte[] reduction : reductions) {
            // At least two, or a call would lead no further.
            if (values.size() > BYTES && taken > 1) {
                byte[] result = call(new JsonBuffer(), values, true);
                if (LimitedReducer.isOverflow(result)) {
                    return result;
                }
                results.add(result);
                values.reset();
                taken = 0;
            }
            values.ascii(values.size() == 0 ? '[' : ',').raw(reduction);
            taken++;
        }
        byte[] last = call(new JsonBuffer(), values, true);
        results.add(last);
        return results.size() == 1 || LimitedReducer.isOverflow(last) ? last : rereduce(results);
    }

    private byte[] call(JsonBuffer keys, JsonBuffer values, boolean rereduce) {
        JsonBuffer arguments = new JsonBuffer(keys.size() + values.size() + 32);
        if (rereduce) {
            arguments.ascii("[null");
        } else {
            arguments.ascii('[').raw(keys.array(), 0, keys.size()).ascii(']');
        }
        arguments.ascii(',').raw(values.array(), 0, values.size()).ascii("],").bool(rereduce);
        String json = new String(arguments.ascii(']').toByteArray(), StandardCharsets.UTF_8);
        Sandbox.Answer answer;
        try {
            answer = pool.forBuild(
                    group,
                    waiter,
                    sandbox -> sandbox.call("reduce", json, "", pool.limits().time()));
        } catch (ScriptException e) {
            throw FunctionFailure.of(e);
        } catch (IOException e) {
            throw new GivenUp(e);
        }
        if (answer.isTooLong()) {
            return LimitedReducer.overflow(
                    "Reduce output is longer than " + ScriptLimits.STRING_LENGTH + " characters");
        }
        if (answer.thrown()) {
            LOG.log(
                    group.beginsToThrow() ? System.Logger.Level.WARNING : System.Logger.Level.DEBUG,
                    "{0} in {1}: a reduce function threw, and so reduces to null: {2}",
                    group.name(),
                    group.database(),
                    answer.json());
            return new byte[] {'n', 'u', 'l', 'l'};
        }
        return answer.json().getBytes(StandardCharsets.UTF_8);
    }

    /** Nobody waits for the reduction any more. */
    static final class GivenUp extends UncheckedIOException {
        private static final long serialVersionUID = 1;

        GivenUp(IOException cause) {
            super(cause);
        }
    }
}
