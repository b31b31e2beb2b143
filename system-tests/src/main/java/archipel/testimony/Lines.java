package archipel.testimony;

import com.fasterxml.jackson.annotation.JsonInclude;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/** Events as lines of JSON, and back. */
final class Lines {
    private static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .changeDefaultPropertyInclusion(inclusion -> inclusion.withValueInclusion(JsonInclude.Include.NON_NULL))
            .build();

    private Lines() {}

    static String write(Event event) {
        return JSON.writeValueAsString(event);
    }

    /** @throws IllegalArgumentException where it is no event */
    static Event read(String line) {
        try {
            return JSON.readValue(line, Event.class);
        } catch (tools.jackson.core.JacksonException e) {
            throw new IllegalArgumentException("no event: " + line, e);
        }
    }
}
