package archipel.view;

import archipel.document.JsonTree;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Map functions in JavaScript. A batch that runs out of time or memory is done again one document at a time, and a
 * document that does so one function at a time, so that it is left out only where it is to blame. A function that had
 * to be ended with a few documents has failed, and is not called any more.
 */
final class ScriptMapper implements Mapper {
    private static final Duration LEAST_PATIENCE = Duration.ofMillis(100);

    private final SandboxPool pool;
    private final FunctionGroup group;
    private final Mapper.Failures failures;
    private final Duration time;
    /** Gets shorter with each document that runs out of it: an endless function is not waited for a million times. */
    private Duration patience;

    private final List<Ended> ended = new ArrayList<>();
    private int mapped;
    private long errors;
    private @Nullable String lastError;

    ScriptMapper(SandboxPool pool, FunctionGroup group, Mapper.Failures failures) {
        this.pool = pool;
        this.group = group;
        this.failures = failures;
        this.time = pool.limits().time();
        this.patience = time;
    }

    @Override
    public List<List<Emission>> map(List<byte[]> documents) {
        List<List<Emission>> emissions = new ArrayList<>(documents.size());
        ended.clear();
        mapped = 0;
        for (List<byte[]> batch : Batches.of(documents)) {
            emissions.addAll(mapBatch(batch));
        }
        return emissions;
    }

    private List<List<Emission>> mapBatch(List<byte[]> batch) {
        if (patience.equals(time) && batch.size() > 1) {
            try {
                List<List<Emission>> all = run(batch, sound(), time);
                mapped += batch.size();
                return all;
            } catch (ScriptException e) {
                if (!e.liesInTheInput()) {
                    throw FunctionFailure.of(e);
                }
            }
        }
        List<List<Emission>> emissions = new ArrayList<>(batch.size());
        for (byte[] document : batch) {
            emissions.add(mapAlone(document));
            mapped++;
        }
        return emissions;
    }

    private List<Emission> mapAlone(byte[] document) {
        String functions = sound();
        try {
            List<List<Emission>> emissions = run(List.of(document), functions, patience);
            patience = time;
            return emissions.getFirst();
        } catch (ScriptException e) {
            if (!e.liesInTheInput()) {
                throw FunctionFailure.of(e);
            }
            if (!e.isOverLimit()) {
                fail(e);
                return List.of();
            }
            loseHalf(e);
            if (functions.indexOf('1') == functions.lastIndexOf('1')) {
                blame(functions.indexOf('1'), document, e);
                return List.of();
            }
            return mapEach(document, functions);
        }
    }

    /** Finds out which of the functions are to blame. */
    private List<Emission> mapEach(byte[] document, String functions) {
        List<Emission> emissions = new ArrayList<>();
        for (int function = 0; function < functions.length(); function++) {
            if (functions.charAt(function) == '0') {
                continue;
            }
            String alone = "0".repeat(function) + "1" + "0".repeat(functions.length() - function - 1);
            try {
                emissions.addAll(run(List.of(document), alone, patience).getFirst());
            } catch (ScriptException e) {
                if (!e.liesInTheInput()) {
                    throw FunctionFailure.of(e);
                }
                if (e.isOverLimit()) {
                    loseHalf(e);
                    blame(function, document, e);
                } else {
                    fail(e);
                }
            }
        }
        return emissions;
    }

    private void loseHalf(ScriptException e) {
        if (e.kind() == ScriptException.Kind.TIME) {
            Duration half = patience.dividedBy(2);
            patience = half.compareTo(LEAST_PATIENCE) < 0 ? LEAST_PATIENCE : half;
        }
    }

    private void blame(int function, byte[] document, ScriptException e) {
        fail(e);
        ended.add(new Ended(mapped, function, String.valueOf(e.getMessage())));
        int most = pool.limits().mapFailures();
        failures.add(function, most, e.getMessage() + " with " + most + " documents, the last " + id(document));
    }

    private static String id(byte[] document) {
        return JsonTree.membersOfValid(document, Set.of("_id")).path("_id").toString();
    }

    private void fail(ScriptException e) {
        errors++;
        lastError = e.getMessage();
    }

    /** Which functions are to be called, as {@link Sandbox#map} takes them. */
    private String sound() {
        StringBuilder which = new StringBuilder(group.size());
        for (int function = 0; function < group.size(); function++) {
            which.append(failures.isFailed(function) ? '0' : '1');
        }
        return which.toString();
    }

    private List<List<Emission>> run(List<byte[]> documents, String functions, Duration limit) {
        if (functions.indexOf('1') < 0) {
            return Collections.nCopies(documents.size(), List.of());
        }
        MapAnswer answer = pool.forBuild(group, sandbox -> {
            MapAnswer made = MapAnswer.of(sandbox.map(documents, functions, limit), documents.size(), group.size());
            made.logged().forEach(sandbox::log);
            return made;
        });
        errors += answer.errors();
        lastError = answer.lastError() == null ? lastError : answer.lastError();
        return answer.emissions();
    }

    @Override
    public List<Ended> ended() {
        return List.copyOf(ended);
    }

    @Override
    public long errors() {
        return errors;
    }

    @Override
    public @Nullable String lastError() {
        return lastError;
    }

    @Override
    public void close() {}
}
