package archipel.view;

import static java.nio.charset.StandardCharsets.UTF_8;

import archipel.document.JsonTree;
import archipel.index.Reducer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;

/** Maps in Java: by {@code k}, by each of {@code tags}, and by how many conflicts there are. */
enum TestDefinition implements IndexDefinition {
    INSTANCE;

    private static final AtomicInteger TURNS = new AtomicInteger();

    @Override
    public String signature() {
        return "0123456789abcdef0123456789abcdef";
    }

    @Override
    public String designDocument() {
        return "_design/test";
    }

    @Override
    public List<String> views() {
        return List.of("k", "tags", "conflicts");
    }

    @Override
    public Mapper mapper(Mapper.Failures failures) {
        return new Mapper() {
            private int turns = TURNS.incrementAndGet();

            @Override
            public List<List<Emission>> map(List<byte[]> documents) {
                return documents.stream().map(TestDefinition::emitted).toList();
            }

            // Now less than was asked for, now nothing.
            @Override
            public List<List<Emission>> mapSome(List<byte[]> documents, long room) {
                return room == mostRoom()
                        ? map(documents)
                        : map(documents.subList(0, turns++ % (documents.size() + 1)));
            }

            @Override
            public long mostRoom() {
                return 1_000_000_000_000L;
            }
        };
    }

    private static List<Emission> emitted(byte[] json) {
        JsonNode document = JsonTree.ofValid(json);
        List<Emission> emissions = new ArrayList<>();
        byte[] number = bytes(document.path("n"));
        if (document.has("k")) {
            emissions.add(new Emission(0, bytes(document.path("k")), number));
        }
        document.path("tags").forEach(tag -> emissions.add(new Emission(1, bytes(tag), number)));
        byte[] conflicts = Integer.toString(document.path("_conflicts").size()).getBytes(UTF_8);
        emissions.add(new Emission(2, conflicts, number));
        return emissions;
    }

    private static byte[] bytes(JsonNode value) {
        return value.toString().getBytes(UTF_8);
    }

    @Override
    public List<Reducer> reducers() {
        return List.of(reducer("_sum"), reducer("_count"), Reducer.NONE);
    }

    private static Reducer reducer(String name) {
        Reduction reduction = BuiltinReducer.of(name);
        if (reduction == null) {
            throw new IllegalStateException(name);
        }
        return reduction;
    }

    @Override
    public boolean isReduced(int view) {
        return view < 2;
    }

    @Override
    public String language() {
        return "test";
    }
}
