package archipel.mango;

import archipel.document.SortKey;
import java.io.ByteArrayOutputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Documents' places in an order. */
final class SortKeys {
    private final List<FieldPath> fields;

    SortKeys(SortOrder sort) {
        this.fields = sort.fields().stream().map(FieldPath::new).toList();
    }

    /** Null for a document that lacks a field, which would not be in an index either. */
    byte @Nullable [] of(JsonNode document) {
        ByteArrayOutputStream key = new ByteArrayOutputStream();
        for (FieldPath field : fields) {
            if (!(field.find(document) instanceof FieldPath.Found(JsonNode value))) {
                return null;
            }
            key.writeBytes(SortKey.of(value));
        }
        return key.toByteArray();
    }
}
