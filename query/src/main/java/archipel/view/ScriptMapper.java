package archipel.view;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Map functions in JavaScript. A batch that runs out of time or memory is done again one document at a time, so that
 * only the document that is to blame is left out, in all views.
 */
final class ScriptMapper implements Mapper {
    private static final Duration LEAST_PATIENCE = Duration.ofMillis(100);

    private final SandboxPool pool;
    private final FunctionGroup group;
    private final Duration time;
    /** Gets shorter with each document that runs out of it: an endless function is not waited for a million times. */
    private Duration patience;

    private long errors;
    private @Nullable String lastError;

    ScriptMapper(SandboxPool pool, FunctionGroup group) {
        this.pool = pool;
        this.group = group;
        this.time = pool.limits().time();
        this.patience = time;
    }

    @Override
    public List<List<Emission>> map(List<byte[]> documents) {
        List<List<Emission>> emissions = new ArrayList<>(documents.size());
        for (List<byte[]> batch : Batches.of(documents)) {
            emissions.addAll(mapBatch(batch));
        }
        return emissions;
    }

    private List<List<Emission>> mapBatch(List<byte[]> batch) {
        if (patience.equals(time) && batch.size() > 1) {
            try {
                return run(batch, time);
            } catch (ScriptException e) {
                if (!e.liesInTheInput()) {
                    throw FunctionFailure.of(e);
                }
            }
        }
        List<List<Emission>> emissions = new ArrayList<>(batch.size());
        for (byte[] document : batch) {
            emissions.add(mapAlone(document));
        }
        return emissions;
    }

    private List<Emission> mapAlone(byte[] document) {
        try {
            List<List<Emission>> emissions = run(List.of(document), patience);
            patience = time;
            return emissions.getFirst();
        } catch (ScriptException e) {
            if (!e.liesInTheInput()) {
                throw FunctionFailure.of(e);
            }
            if (e.kind() == ScriptException.Kind.TIME) {
                Duration half = patience.dividedBy(2);
                patience = half.compareTo(LEAST_PATIENCE) < 0 ? LEAST_PATIENCE : half;
            }
            errors++;
            lastError = e.getMessage();
            return List.of();
        }
    }

    private List<List<Emission>> run(List<byte[]> documents, Duration limit) {
        MapAnswer answer = pool.forBuild(group, sandbox -> {
            MapAnswer made = MapAnswer.of(sandbox.map(documents, limit), documents.size(), group.size());
            made.logged().forEach(sandbox::log);
            return made;
        });
        errors += answer.errors();
        lastError = answer.lastError() == null ? lastError : answer.lastError();
        return answer.emissions();
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
