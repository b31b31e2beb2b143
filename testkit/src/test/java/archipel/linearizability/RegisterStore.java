package archipel.linearizability;

import archipel.linearizability.RegisterCall.Read;
import archipel.linearizability.RegisterCall.Write;
import archipel.linearizability.RegisterResult.Values;
import archipel.linearizability.RegisterResult.Written;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** Registers in memory, one operation at a time. */
final class RegisterStore implements SimulatedClients.Store<RegisterCall, RegisterResult> {
    private final Map<String, String> registers = new HashMap<>();
    private final int keys;
    private final int most;
    private int values;

    /**
     * @param keys how many there are; the first ones are asked for most
     * @param most how many of them one operation has
     */
    RegisterStore(int keys, int most) {
        this.keys = keys;
        this.most = most;
    }

    @Override
    public synchronized RegisterCall plan(SplittableRandom random) {
        List<String> chosen = IntStream.range(0, 1 + random.nextInt(most))
                .mapToObj(_ -> "k" + (int) (keys * random.nextDouble() * random.nextDouble()))
                .distinct()
                .toList();
        if (random.nextBoolean()) {
            return new Read(chosen);
        }
        SortedMap<String, String> written = new TreeMap<>();
        chosen.forEach(key -> written.put(key, "v" + values++));
        return new Write(written);
    }

    @Override
    public synchronized RegisterResult execute(RegisterCall call) {
        return switch (call) {
            case Read(List<String> asked) -> {
                SortedMap<String, String> found = new TreeMap<>();
                asked.stream().filter(registers::containsKey).forEach(key -> found.put(key, registers.get(key)));
                yield new Values(found);
            }
            case Write(SortedMap<String, String> written) -> {
                registers.putAll(written);
                yield new Written();
            }
        };
    }
}
