package archipel.linearizability;

import archipel.linearizability.DocumentCall.Create;
import archipel.linearizability.DocumentCall.Delete;
import archipel.linearizability.DocumentCall.Read;
import archipel.linearizability.DocumentCall.Update;
import archipel.linearizability.DocumentResult.Absent;
import archipel.linearizability.DocumentResult.Found;
import archipel.linearizability.DocumentResult.Refused;
import archipel.linearizability.DocumentResult.Stored;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Documents in memory, one operation at a time. */
final class DocumentStore implements SimulatedClients.Store<DocumentCall, DocumentResult> {
    private record Stand(
            int generation, String revision, @Nullable String value) {}

    private static final Stand NEVER = new Stand(0, "0-", null);

    private final Map<String, Stand> documents = new HashMap<>();
    private final Map<String, List<String>> revisions = new HashMap<>();
    private final int ids;
    private int values;

    /** @param ids how many documents there are; the first ones are asked for most */
    DocumentStore(int ids) {
        this.ids = ids;
    }

    @Override
    public synchronized DocumentCall plan(SplittableRandom random) {
        String id = "doc-" + (int) (ids * random.nextDouble() * random.nextDouble());
        Stand stand = documents.getOrDefault(id, NEVER);
        String value = "v" + values++;
        return switch (random.nextInt(10)) {
            case 0, 1, 2, 3 -> new Read(id);
            case 4 -> new Create(id, value);
            case 5 -> new Delete(id, expected(id, random));
            default ->
                stand.value() == null && random.nextInt(3) > 0
                        ? new Create(id, value)
                        : new Update(id, expected(id, random), value);
        };
    }

    /** Mostly the newest revision that anybody was told of; now and then an older one, or one that never was. */
    private String expected(String id, SplittableRandom random) {
        List<String> known = revisions.getOrDefault(id, List.of("1-none"));
        return random.nextInt(5) > 0 ? known.getLast() : known.get(random.nextInt(known.size()));
    }

    @Override
    public synchronized void tell(DocumentCall call, DocumentResult result) {
        String revision = switch (result) {
            case Found found -> found.revision();
            case Stored stored -> stored.revision();
            case Absent _, Refused _ -> null;
        };
        if (revision != null) {
            revisions.computeIfAbsent(call.id(), _ -> new ArrayList<>()).add(revision);
        }
    }

    @Override
    public synchronized DocumentResult execute(DocumentCall call) {
        Stand stand = documents.getOrDefault(call.id(), NEVER);
        boolean isThere = stand.value() != null;
        return switch (call) {
            case Read _ -> stand.value() == null ? new Absent() : new Found(stand.revision(), stand.value());
            case Create create -> isThere ? new Refused() : put(call.id(), stand, create.value());
            case Update update ->
                isThere && stand.revision().equals(update.expected())
                        ? put(call.id(), stand, update.value())
                        : new Refused();
            case Delete delete ->
                isThere && stand.revision().equals(delete.expected()) ? put(call.id(), stand, null) : new Refused();
        };
    }

    private DocumentResult put(String id, Stand stand, @Nullable String value) {
        int generation = stand.generation() + 1;
        String revision = generation + "-" + Integer.toHexString((stand.revision() + value).hashCode());
        documents.put(id, new Stand(generation, revision, value));
        return new Stored(revision);
    }
}
