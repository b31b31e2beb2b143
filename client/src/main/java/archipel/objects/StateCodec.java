package archipel.objects;

import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import java.lang.reflect.Type;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Between state objects and documents: an object's fields are the document's members, whatever methods it has. Numbers
 * keep their value, as nodes keep it, and not how many zeros stand at their end.
 *
 * <p>A stored state also has the member {@code @call}, with an id that no other has. Without it, two callers that make
 * the same change of the same state would make the same revision, and one whose answer is lost would take the other's
 * change for its own.
 */
final class StateCodec {
    static final String CALL = "@call";

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .changeDefaultVisibility(checker -> checker.withVisibility(PropertyAccessor.ALL, Visibility.NONE)
                    .withVisibility(PropertyAccessor.FIELD, Visibility.ANY)
                    .withVisibility(PropertyAccessor.CREATOR, Visibility.ANY))
            .enable(MapperFeature.ALLOW_FINAL_FIELDS_AS_MUTATORS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    ObjectNode toJson(Object state) {
        JsonNode json = MAPPER.valueToTree(state);
        if (json instanceof ObjectNode object) {
            return object;
        }
        throw new IllegalArgumentException(state.getClass().getName() + " does not become a JSON object");
    }

    <S> S toState(ObjectNode json, Class<S> type) {
        ObjectNode own = json.deepCopy();
        own.remove(CALL);
        return MAPPER.treeToValue(own, type);
    }

    /** What a node would give back: a tree keeps more than its text does. */
    ObjectNode throughText(ObjectNode json) {
        return (ObjectNode) MAPPER.readTree(MAPPER.writeValueAsBytes(json));
    }

    /** What is stored. */
    ObjectNode marked(ObjectNode state) {
        ObjectNode marked = state.deepCopy();
        marked.put(CALL, UUID.randomUUID().toString());
        return marked;
    }

    /** A copy, so that the caller and the state have nothing in common. */
    @Nullable
    Object copy(@Nullable Object argument, JavaType type) {
        return argument == null ? null : MAPPER.treeToValue(MAPPER.valueToTree(argument), type);
    }

    JavaType type(Type type) {
        return MAPPER.constructType(type);
    }

    JsonNode tree(Object value) {
        return MAPPER.valueToTree(value);
    }
}
