package archipel.crash;

import archipel.document.JsonTree;
import archipel.index.Reducer;
import archipel.view.Emission;
import archipel.view.IndexDefinition;
import archipel.view.Mapper;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Indexes of one view: documents by {@code n}, by it and their revision, or whole ones by their revision. */
enum NumberIndex implements IndexDefinition {
    FIRST,
    SECOND,
    WHOLE;

    @Override
    public String signature() {
        return Integer.toString(ordinal()).repeat(32);
    }

    @Override
    public String designDocument() {
        return "_design/" + name();
    }

    @Override
    public List<String> views() {
        return List.of("n");
    }

    @Override
    public Mapper mapper(Mapper.Failures failures) {
        return documents -> documents.stream().map(this::emitted).toList();
    }

    private List<Emission> emitted(byte[] json) {
        JsonNode document = JsonTree.ofValid(json);
        byte[] number = bytes(document.path("n"));
        byte[] revision = bytes(document.path("_rev"));
        return switch (this) {
            case FIRST -> List.of(new Emission(0, number, revision));
            case SECOND -> List.of(new Emission(0, number, revision), new Emission(0, revision, number));
            case WHOLE -> List.of(new Emission(0, revision, json));
        };
    }

    private static byte[] bytes(JsonNode value) {
        return (value.isMissingNode() ? "null" : value.toString()).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public List<Reducer> reducers() {
        return List.of(Reducer.NONE);
    }

    @Override
    public String language() {
        return "test";
    }
}
