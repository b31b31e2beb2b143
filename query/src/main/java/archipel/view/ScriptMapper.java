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

    /** Of the heap, that the rows of one document may take at the most. */
    private static final int HEAP_SHARE = 4;

    private final SandboxPool pool;
    private final FunctionGroup group;
    private final Mapper.Failures failures;
    private final Duration time;
    /** Gets shorter with each document that runs out of it: an endless function is not waited for a million times. */
    private Duration patience;

    private final List<Ended> ended = new ArrayList<>();
    /** So many of the next documents are mapped one at a time, since a call with all of them was ended. */
    private int alone;

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
        List<Ended> all = new ArrayList<>();
        while (emissions.size() < documents.size()) {
            int before = emissions.size();
            emissions.addAll(mapSome(documents.subList(before, documents.size()), mostRoom()));
            ended.forEach(end -> all.add(new Ended(before + end.document(), end.view(), end.reason())));
        }
        ended.clear();
        ended.addAll(all);
        return emissions;
    }

    @Override
    public long mostRoom() {
        return mostRoom(pool.limits());
    }

    /** As {@link #mostRoom()}, of any function. */
    static long mostRoom(ScriptLimits limits) {
        return Math.min(limits.memory(), Runtime.getRuntime().maxMemory() / HEAP_SHARE);
    }

    @Override
    public List<List<Emission>> mapSome(List<byte[]> documents, long room) {
        ended.clear();
        List<byte[]> batch = Batches.of(documents).getFirst();
        if (alone == 0 && patience.equals(time) && batch.size() > 1) {
            try {
                List<List<Emission>> all = run(batch, sound(), room, time);
                if (!all.isEmpty() || room < mostRoom()) {
                    return all;
                }
            } catch (ScriptException e) {
                if (!e.liesInTheInput()) {
                    throw FunctionFailure.of(e);
                }
                alone = batch.size();
            }
        }
        List<Emission> emissions = mapAlone(documents.getFirst(), room);
        if (emissions == null) {
            return List.of();
        }
        alone = Math.max(0, alone - 1);
        return List.of(emissions);
    }

    /** How long the next document that is mapped alone may take, of the processor's time. */
    Duration patience() {
        return patience;
    }

    /** Null where there is no room. */
    private @Nullable List<Emission> mapAlone(byte[] document, long room) {
        String functions = sound();
        try {
            List<List<Emission>> emissions = run(List.of(document), functions, room, patience);
            patience = time;
            return emissions.isEmpty() ? null : emissions.getFirst();
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
                blame(functions.indexOf('1'), document, e.getMessage());
                return List.of();
            }
            return mapEach(document, functions, room);
        }
    }

    /** Finds out which of the functions are to blame; null where there is no room. */
    private @Nullable List<Emission> mapEach(byte[] document, String functions, long room) {
        List<Emission> emissions = new ArrayList<>();
        for (int function = 0; function < functions.length(); function++) {
            if (functions.charAt(function) == '0') {
                continue;
            }
            String alone = "0".repeat(function) + "1" + "0".repeat(functions.length() - function - 1);
            try {
                long left = Math.max(room - Emission.weight(emissions), 0);
                List<List<Emission>> rows = run(List.of(document), alone, left, patience);
                if (!rows.isEmpty()) {
                    emissions.addAll(rows.getFirst());
                } else if (room < mostRoom()) {
                    return null;
                } else {
                    blame(function, document, tooManyRows());
                }
            } catch (ScriptException e) {
                if (!e.liesInTheInput()) {
                    throw FunctionFailure.of(e);
                }
                if (e.isOverLimit()) {
                    loseHalf(e);
                    blame(function, document, e.getMessage());
                } else {
                    fail(e);
                }
            }
        }
        return emissions;
    }

    private String tooManyRows() {
        return "it emitted too much, rows that take more than " + mostRoom() + " bytes of memory (script_memory)";
    }

    private void loseHalf(ScriptException e) {
        if (e.kind() == ScriptException.Kind.TIME) {
            Duration half = patience.dividedBy(2);
            patience = half.compareTo(LEAST_PATIENCE) < 0 ? LEAST_PATIENCE : half;
        }
    }

    private void blame(int function, byte[] document, @Nullable String reason) {
        errors++;
        // One document at a time is mapped where this happens.
        ended.add(new Ended(0, function, String.valueOf(reason)));
        int most = pool.limits().mapFailures();
        failures.add(function, most, reason + " with " + most + " documents, the last " + id(document));
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

    private List<List<Emission>> run(List<byte[]> documents, String functions, long room, Duration limit) {
        if (functions.indexOf('1') < 0) {
            return Collections.nCopies(documents.size(), List.of());
        }
        boolean whole = documents.size() == 1 && room >= mostRoom();
        MapAnswer answer = pool.forBuild(group, sandbox -> {
            MapAnswer made =
                    MapAnswer.of(sandbox.map(documents, functions, room, whole, limit), documents.size(), group.size());
            made.logged().forEach(sandbox::log);
            return made;
        });
        answer.full().forEach(function -> blame(function, documents.getFirst(), tooManyRows()));
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
